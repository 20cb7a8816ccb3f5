// The place in the storefront stands behind the #, so that the server has one page to serve. The browser keeps with
// each place how far it was scrolled and how much of a list was shown, so that Back comes back to it.

const pause = 150;

history.scrollRestoration = 'manual';

/** The path and the query of the place, and both as one address. */
export function place() {
  const address = location.hash.slice(1) || '/';
  const [path, query] = address.split('?');
  return { path, query: new URLSearchParams(query), address };
}

/** The members kept with this place; a new one has none. */
export const kept = () => history.state ?? {};

export const keep = (members) => history.replaceState({ ...kept(), ...members }, '');

/** Another address for the same place. */
export const rename = (hash) => history.replaceState(kept(), '', hash);

let waiting;
addEventListener('scroll', () => {
  clearTimeout(waiting);
  const { hash } = location;
  waiting = setTimeout(() => {
    if (location.hash === hash) keep({ y: Math.round(scrollY) });
  }, pause);
});
