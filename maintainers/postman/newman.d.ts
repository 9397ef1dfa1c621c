/** The part of newman that runs the Postman collection. It brings no types. */
declare module 'newman' {
  interface Options {
    /** Path of a file, as is `environment`. */
    collection: string;
    environment?: string;
    /** Variables that win over those of the environment. */
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
