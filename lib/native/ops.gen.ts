// Made by scripts/generate.mjs from native/ops: do not edit.

/** A tensor as native code knows it: index and generation of a slot in the environment's table. */
export type Handle = number;

/** The native ops. Each returns how many outputs it wrote to the mailbox. */
export interface NativeOps {
  copy(x: Handle): number;
  cast(x: Handle, dtype: string): number;
  fill(sizes: readonly number[], value: number, dtype: string, device: string): number;
  binary(op: string, a: Handle, b: Handle): number;
  activation_forward(
    x: Handle,
    bias: Handle | undefined,
    state: Handle | undefined,
    kind: string,
    delta: number,
    dropout: number,
  ): number;
  activation_backward(
    x: Handle,
    bias: Handle | undefined,
    dy: Handle,
    state: Handle | undefined,
    kind: string,
    delta: number,
    dropout: number,
    wantsDx: boolean,
    wantsDbias: boolean,
  ): number;
  unary(op: string, x: Handle): number;
  where(condition: Handle, a: Handle, b: Handle): number;
  linear_forward(
    x: Handle,
    weight: Handle,
    bias: Handle | undefined,
    residual: Handle | undefined,
    activation: string,
    keep: boolean,
  ): number;
  linear_backward(
    dy: Handle,
    x: Handle,
    weight: Handle,
    preActivation: Handle | undefined,
    activation: string,
    wantsDx: boolean,
    wantsDw: boolean,
    wantsDbias: boolean,
  ): number;
  linear_int8_quantize(weight: Handle): number;
  linear_int8_forward(
    x: Handle,
    packed: Handle,
    scales: Handle,
    bias: Handle | undefined,
    residual: Handle | undefined,
    activation: string,
    n: number,
    k: number,
  ): number;
  matmul_forward(a: Handle, b: Handle, transposeA: boolean, transposeB: boolean, alpha: number): number;
  layer_norm_forward(
    x: Handle,
    residual: Handle | undefined,
    gamma: Handle | undefined,
    beta: Handle | undefined,
    state: Handle | undefined,
    delta: number,
    dropout: number,
    epsilon: number,
    keep: boolean,
  ): number;
  layer_norm_backward(
    dy: Handle,
    x: Handle,
    gamma: Handle | undefined,
    mean: Handle,
    invStd: Handle,
    state: Handle | undefined,
    delta: number,
    dropout: number,
    wantsDx: boolean,
    wantsDresidual: boolean,
    wantsDgamma: boolean,
    wantsDbeta: boolean,
  ): number;
  rms_norm_forward(
    x: Handle,
    residual: Handle | undefined,
    gamma: Handle | undefined,
    state: Handle | undefined,
    delta: number,
    dropout: number,
    epsilon: number,
    keep: boolean,
  ): number;
  rms_norm_backward(
    dy: Handle,
    x: Handle,
    gamma: Handle | undefined,
    invRms: Handle,
    state: Handle | undefined,
    delta: number,
    dropout: number,
    wantsDx: boolean,
    wantsDresidual: boolean,
    wantsDgamma: boolean,
  ): number;
  softmax_forward(x: Handle, logarithm: boolean): number;
  softmax_backward(y: Handle, dy: Handle, logarithm: boolean): number;
  cross_entropy_forward(
    logits: Handle,
    labels: Handle,
    weights: Handle | undefined,
    ignoreIndex: number,
    labelSmoothing: number,
    reduction: string,
  ): number;
  cross_entropy_backward(
    logits: Handle,
    labels: Handle,
    weights: Handle | undefined,
    lse: Handle,
    normaliser: Handle,
    dloss: Handle,
    ignoreIndex: number,
    labelSmoothing: number,
    reduction: string,
  ): number;
  bce_with_logits_forward(
    x: Handle,
    target: Handle,
    weight: Handle | undefined,
    posWeight: Handle | undefined,
    reduction: string,
  ): number;
  bce_with_logits_backward(
    x: Handle,
    target: Handle,
    weight: Handle | undefined,
    posWeight: Handle | undefined,
    dloss: Handle,
    reduction: string,
  ): number;
  mse_forward(x: Handle, target: Handle, reduction: string): number;
  mse_backward(x: Handle, target: Handle, dloss: Handle, reduction: string): number;
  kl_div_forward(x: Handle, target: Handle, logTarget: boolean, reduction: string): number;
  kl_div_backward(x: Handle, target: Handle, dloss: Handle, logTarget: boolean, reduction: string): number;
  embedding_forward(table: Handle, ids: Handle, allowMissing: boolean, dtype: string): number;
  embedding_backward(dy: Handle, ids: Handle, vocabulary: number, paddingIndex: number): number;
  embeddings_forward(
    words: Handle,
    wordIds: Handle | undefined,
    positions: Handle | undefined,
    positionIds: Handle | undefined,
    types: Handle | undefined,
    typeIds: Handle | undefined,
    gamma: Handle | undefined,
    beta: Handle | undefined,
    state: Handle | undefined,
    delta: number,
    dropout: number,
    epsilon: number,
    keep: boolean,
    dtype: string,
  ): number;
  rope(
    x: Handle,
    positions: Handle,
    frequencies: Handle,
    interleaved: boolean,
    factor: number,
    inverse: boolean,
  ): number;
  index_select_forward(x: Handle, axis: number, ids: Handle): number;
  index_select_backward(dy: Handle, axis: number, ids: Handle, size: number): number;
  gather_forward(x: Handle, axis: number, index: Handle): number;
  gather_backward(dy: Handle, axis: number, index: Handle, sizes: readonly number[]): number;
  scatter(x: Handle, axis: number, index: Handle, source: Handle): number;
  scatter_add(x: Handle, axis: number, index: Handle, source: Handle): number;
  dropout(x: Handle, state: Handle, delta: number, p: number): number;
  uniform(sizes: readonly number[], dtype: string, state: Handle, delta: number, low: number, high: number): number;
  normal(
    sizes: readonly number[],
    dtype: string,
    state: Handle,
    delta: number,
    mean: number,
    deviation: number,
  ): number;
  sample_tokens(
    logits: Handle,
    state: Handle | undefined,
    delta: number,
    temperature: number,
    topK: number,
    topP: number,
    minP: number,
  ): number;
  reduce(op: string, x: Handle, axes: readonly number[], keepDims: boolean): number;
  reduce_select_backward(x: Handle, y: Handle, dy: Handle, axes: readonly number[]): number;
  reduce_prod_backward(x: Handle, dy: Handle, axes: readonly number[]): number;
  arg_reduce(op: string, x: Handle, axes: readonly number[], keepDims: boolean): number;
  top_k(x: Handle, k: number, smallest: boolean): number;
  segment_pool_forward(x: Handle, cuSeqlens: Handle, kind: string): number;
  segment_pool_backward(dy: Handle, cuSeqlens: Handle, argMax: Handle | undefined, rows: number, kind: string): number;
  attention_forward(
    q: Handle,
    k: Handle,
    v: Handle,
    qCu: Handle,
    kvCu: Handle,
    bias: Handle | undefined,
    row: Handle | undefined,
    col: Handle | undefined,
    bucketOf: Handle | undefined,
    globalKeys: Handle | undefined,
    state: Handle | undefined,
    maxSq: number,
    maxSkv: number,
    window: number,
    delta: number,
    scale: number,
    dropoutP: number,
    pairs: number,
    isCausal: boolean,
    keep: boolean,
  ): number;
  attention_backward(
    q: Handle,
    k: Handle,
    v: Handle,
    qCu: Handle,
    kvCu: Handle,
    bias: Handle | undefined,
    row: Handle | undefined,
    col: Handle | undefined,
    bucketOf: Handle | undefined,
    globalKeys: Handle | undefined,
    state: Handle | undefined,
    o: Handle,
    lse: Handle,
    gradient: Handle,
    maxSq: number,
    maxSkv: number,
    window: number,
    delta: number,
    scale: number,
    dropoutP: number,
    pairs: number,
    isCausal: boolean,
    wantsDbias: boolean,
    wantsDrow: boolean,
    wantsDcol: boolean,
  ): number;
  attention_decode(
    q: Handle,
    kCache: Handle,
    vCache: Handle,
    qCu: Handle,
    pageTable: Handle,
    kvLengths: Handle,
    row: Handle | undefined,
    bucketOf: Handle | undefined,
    maxSq: number,
    window: number,
    scale: number,
    keys: number,
  ): number;
  cache_append(kCache: Handle, vCache: Handle, k: Handle, v: Handle, slots: Handle): number;
  adamw(
    weights: readonly Handle[],
    gradients: readonly Handle[],
    firstMoments: readonly Handle[],
    secondMoments: readonly Handle[],
    copies: readonly Handle[],
    schedule: Handle,
    gradientState: Handle | undefined,
    weightDecays: readonly number[],
    rateFactors: readonly number[],
    beta1: number,
    beta2: number,
    epsilon: number,
  ): number;
  sgd(
    weights: readonly Handle[],
    gradients: readonly Handle[],
    momenta: readonly Handle[],
    copies: readonly Handle[],
    schedule: Handle,
    gradientState: Handle | undefined,
    weightDecays: readonly number[],
    rateFactors: readonly number[],
    momentum: number,
    nesterov: boolean,
  ): number;
  grad_norm_partial(gradients: readonly Handle[]): number;
  grad_norm_finish(squares: Handle, inverseScale: Handle | undefined, maxNorm: number, skipNonFinite: boolean): number;
  scale_gradients(gradients: readonly Handle[], scale: Handle): number;
  reshape(x: Handle, sizes: readonly number[]): number;
  permute(x: Handle, axes: readonly number[]): number;
  slice(x: Handle, axis: number, begin: number, end: number): number;
  expand(x: Handle, sizes: readonly number[]): number;
  contiguous(x: Handle): number;
  assign(y: Handle, x: Handle): number;
  concat(tensors: readonly Handle[], axis: number): number;
  pad(x: Handle, axis: number, before: number, after: number): number;
  binary_scalar(op: string, x: Handle, scalar: number, scalarFirst: boolean): number;
}
