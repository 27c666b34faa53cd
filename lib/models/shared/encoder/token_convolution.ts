import type { ParameterInit } from '../../../nn/init.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm } from '../../../nn/norm.js';
import { activation, add, embedding, linear, matmul, permute, reshape } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { dropped } from '../dropped.js';
import type { Pass } from './attention.js';
import type { ConvolutionSpec, EncoderSpec } from './spec.js';

/** The weights of a convolution, as checkpoints hold them. */
class Kernel extends Module {
  weight: Tensor; // (C, C / groups, W)
  bias: Tensor; // (C)

  constructor(features: number, { width, groups }: ConvolutionSpec, init: ParameterInit, std: number) {
    super();
    this.weight = init.normal([features, features / groups, width], std);
    this.bias = init.constant([features], 0);
  }

  /** @param x (T, W, C): each token's neighbours @returns (T, C) */
  override forward(x: Tensor): Tensor {
    const [tokens, width, features] = x.shape as [number, number, number];
    const inputs = this.weight.shape[1]!;
    const groups = features / inputs;
    const weight = permute(this.weight, [0, 2, 1]); // (C, W, C / groups)
    if (groups === 1)
      return linear(reshape(x, [tokens, width * features]), reshape(weight, [features, width * features]), this.bias);
    const parts = permute(reshape(x, [tokens, width, groups, inputs]), [2, 0, 1, 3]);
    const product = matmul(
      reshape(parts, [groups, tokens, width * inputs]),
      reshape(weight, [groups, inputs, width * inputs]),
      { transposeB: true },
    );
    return add(reshape(permute(product, [1, 0, 2]), [tokens, features]), this.bias);
  }
}

/**
 * A convolution over the tokens' columns, activated and added to the first layer's output, normed. What the mask hides
 * and what is past a sequence's ends counts as zeros.
 * Source: DeBERTa v2's encoder of n-grams, https://github.com/microsoft/DeBERTa.
 * @internal
 */
export class TokenConvolution extends Module {
  readonly kernel: Kernel;
  readonly norm: LayerNorm;
  readonly #spec: EncoderSpec;

  constructor(spec: EncoderSpec, convolution: ConvolutionSpec, init: ParameterInit) {
    super();
    const { hiddenSize, eps, initializerRange: std } = spec;
    this.kernel = new Kernel(hiddenSize, convolution, init, std);
    this.norm = new LayerNorm(hiddenSize, { eps, init });
    this.paths = { kernel: 'conv', norm: 'LayerNorm' };
    this.#spec = spec;
  }

  /** @param x (T, C): what the first layer reads @param y (T, C): what it gives */
  override forward(x: Tensor, y: Tensor, { batch, generator }: Pass): Tensor {
    const { convolution, hiddenDropout } = this.#spec;
    const neighbours = embedding(x, batch.neighbours!, { allowMissing: true });
    const convolved = dropped(this, this.kernel.forward(neighbours), hiddenDropout, generator);
    return this.norm.forward(activation(convolved, convolution!.activation), y);
  }
}
