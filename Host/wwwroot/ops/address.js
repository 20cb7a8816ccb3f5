// The place in the operator's page stands behind the #, `#/orders/0192…?status=PAID`: the server has one page to serve.

/** The parts of the address: the page, what is looked at there, and the filters. */
export function address() {
  const [path, query] = (location.hash.slice(1) || '/').split('?');
  const [, page = '', ...rest] = path.split('/');
  return { page: `/${page}`, id: rest.join('/'), query: new URLSearchParams(query) };
}

/** Puts filters into the address, where Back and a link find them. */
export function keepQuery(query) {
  const [path] = (location.hash || '#/').split('?');
  history.replaceState(null, '', query.size > 0 ? `${path}?${query}` : path);
}
