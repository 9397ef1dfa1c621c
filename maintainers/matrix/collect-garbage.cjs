'use strict';

/**
 * Forces a full garbage collection every second, so that a native addon whose clean-up is faulty crashes soon.
 * Loaded with `node --expose-gc --require`.
 */
setInterval(() => globalThis.gc(), 1000).unref();
