/** The part of newman that is used here. It has no types. */
declare module 'newman' {
  interface Options {
    /** The path of the collection. */
    collection: string;
    /** The path of the environment. */
    environment?: string;
    /** Variables that override those of the environment. */
    envVar?: { key: string; value: string }[];
    reporters?: string | string[];
    reporter?: Record<string, Record<string, boolean>>;
  }

  interface Summary {
    run: {
      failures: { error: Error; source?: { name: string } }[];
      stats: Record<'requests' | 'assertions', { total: number; failed: number }>;
    };
  }

  export function run(
    options: Options,
    done: (error: Error | null, summary: Summary) => void,
  ): void;
  export type { Summary };
}
