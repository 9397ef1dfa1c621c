/** The part of Vue that `src/vue.ts` uses, for projects that build the client and do not install Vue. */
export interface App {
  provide<T>(key: InjectionKey<T>, value: T): this;
  onUnmount(callback: () => void): void;
}
/** A symbol. */
export interface InjectionKey<T> {
  readonly description?: string | undefined;
  /** Only carries the type. */
  readonly value?: T;
}
export interface ShallowRef<T> {
  value: T;
}
export declare const inject: <T>(key: InjectionKey<T>, fallback: null) => T | null;
export declare const onMounted: (run: () => void) => void;
export declare const shallowRef: <T>(value: T) => ShallowRef<T>;
