declare global {
  namespace App {
    interface Locals {
      /** Undefined if nobody is logged in. */
      accessToken: string | undefined;
      /** The `Set-Cookie` headers for the browser. */
      setCookies: string[];
    }
  }
}

export {};
