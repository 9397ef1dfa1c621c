declare global {
  namespace App {
    interface Locals {
      /** Fresh, or undefined for somebody who is not logged in. */
      accessToken: string | undefined;
      /** `Set-Cookie` lines of Strapi, for the browser. */
      setCookies: string[];
    }
  }
}

export {};
