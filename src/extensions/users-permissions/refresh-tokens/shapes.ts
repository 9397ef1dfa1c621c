import type { Core } from '@strapi/strapi';
import type { Context, Next } from 'koa';
import type { ZodType } from 'zod';

/**
 * The parts of the users-permissions plugin that this extension uses, as Strapi 5.54 passes it to
 * `strapi-server`. `Core.Plugin` does not fit: it describes a loaded plugin.
 */

export type StrapiContext = { readonly strapi: Core.Strapi };

/** Koa's context with the methods that Strapi adds. */
export type StrapiKoaContext = Context & {
  send(body: unknown, status?: number): void;
  unauthorized(message: string, details?: unknown): void;
  unsupportedMediaType(message: string, details?: unknown): void;
};

export type Middleware = (ctx: StrapiKoaContext, next: Next) => unknown;

interface Callable {
  // A method, so that an action may declare `next` as given: Strapi gives it, and few actions need it.
  call(ctx: StrapiKoaContext, next?: Next, ...rest: unknown[]): unknown;
}
export type Action = Callable['call'];
export type Controller = Record<string, Action>;
export type Factory<Product> = (context: StrapiContext) => Product;

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: string | Action | readonly Middleware[];
  readonly config?: Readonly<Record<string, unknown>> & {
    readonly middlewares?: readonly (string | Middleware | object)[];
  };
  /** For Strapi's OpenAPI generator. Strapi does not validate requests with it. */
  readonly request?: {
    readonly params?: Readonly<Record<string, ZodType>>;
    readonly body?: Readonly<Record<'application/json', ZodType>>;
  };
  /** The response with status 200, for the OpenAPI generator. */
  readonly response?: ZodType;
}

export interface ContentApiRoutes {
  (context?: StrapiContext): { type: 'content-api'; routes: Route[] };
  routes: Route[];
}

/** The result of an authentication strategy. */
export interface Authentication {
  readonly authenticated?: boolean;
  readonly credentials?: unknown;
  readonly ability?: unknown;
  readonly error?: string;
}

export interface AuthStrategy {
  readonly name: string;
  authenticate(ctx: StrapiKoaContext): Promise<Authentication>;
  verify(auth: unknown, config: unknown): Promise<void>;
}

export interface ContentType {
  readonly schema: Readonly<Record<string, unknown>> & {
    readonly attributes: Readonly<Record<string, object>>;
  };
}

export interface UsersPermissionsPlugin {
  config: Readonly<Record<string, unknown>> & {
    readonly environment?: Readonly<Record<string, string | undefined>>;
  };
  contentTypes: Record<string, unknown> & { user: ContentType };
  controllers: Record<string, unknown> & {
    get auth(): Factory<Controller>;
    /** Strapi takes an object as well. Here it becomes a function again. */
    set auth(replacement: Factory<Controller> | Controller);
  };
  services: Record<string, unknown> &
    Record<
      'jwt' | 'user' | 'role' | 'users-permissions' | 'providers' | 'providers-registry',
      Factory<object>
    >;
  middlewares: Record<string, unknown>;
  routes: Record<string, unknown> & {
    'content-api': ContentApiRoutes;
    admin: { readonly type: string; readonly routes: readonly Route[] };
  };
  register(context: StrapiContext): unknown;
  bootstrap(context: StrapiContext): unknown;
  destroy(context: StrapiContext): unknown;
}
