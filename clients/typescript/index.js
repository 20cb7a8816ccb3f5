import createClient from 'openapi-fetch';

/** @typedef {import('./shop.js').paths} paths */
/** @typedef {import('./shop.js').components} components */
/** @typedef {import('./shop.js').operations} operations */
/** @typedef {components['schemas']['Problem']} Problem */

/**
 * The body of an answer with this name in the document, such as `Order` or `ProductView`.
 *
 * @template {keyof components['schemas']} Name
 * @typedef {components['schemas'][Name]} Schema
 */

/** A call that the shop has refused, or whose answer is none of the shop's. */
export class ShopError extends Error {
  /**
   * @param {Response} response
   * @param {unknown} body
   */
  constructor(response, body) {
    const problem = isProblem(body) ? body : undefined;
    super(problem ? `${problem.status} ${problem.code}: ${problem.detail}` : `${response.status} of no shop`);
    this.name = 'ShopError';
    this.status = response.status;
    /** The machine-readable name of the error, such as `catalog.out_of_stock`; empty without a problem. */
    this.code = problem?.code ?? '';
    /** The shop's description, with the members that some codes bring. */
    this.problem = problem;
    /** Seconds after which to come again, where the shop has said so. */
    this.retryAfter = Number(response.headers.get('Retry-After')) || undefined;
  }
}

/**
 * All calls of the shop, by method and path.
 *
 * @param {object} options
 * @param {string} options.baseUrl of the shop, such as `https://shop.example`.
 * @param {() => string | undefined} [options.token] gives the `accessToken` of a sign-in or an API key, for each call.
 * @param {(request: Request) => Promise<Response>} [options.fetch] instead of the global one.
 */
export function shopClient({ baseUrl, token, fetch }) {
  /** @type {import('openapi-fetch').Client<paths>} */
  const client = createClient({ baseUrl, fetch });
  client.use({
    onRequest({ request }) {
      const bearer = token?.();
      if (bearer) request.headers.set('Authorization', `Bearer ${bearer}`);
      return request;
    },
  });
  return client;
}

/**
 * The body of an answer, where a refusal is an exception.
 *
 * @template Body
 * @param {Promise<{ data?: Body, error?: unknown, response: Response }>} call
 * @returns {Promise<Exclude<Body, undefined>>}
 * @throws {ShopError}
 */
export async function bodyOf(call) {
  const { data, error, response } = await call;
  if (!response.ok) throw new ShopError(response, error);
  return /** @type {Exclude<Body, undefined>} */ (data);
}

/**
 * @param {unknown} body
 * @returns {body is Problem}
 */
function isProblem(body) {
  return typeof body === 'object' && body !== null && 'code' in body && 'status' in body;
}
