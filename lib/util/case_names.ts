/** snake_case of Hugging Face's files as camelCase: `hidden_size` -> `hiddenSize`. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** The fields of a file's object in camelCase. */
export type CamelFields<T> = { [K in keyof T as K extends string ? CamelCase<K> : never]: T[K] };

/** @internal */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** @internal */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
