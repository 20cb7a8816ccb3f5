// Where somebody is: behind the #, so that the server has one page to serve. With each place the browser keeps what
// Back needs to come back to it: how far it was scrolled, how much of a list was shown.

const pause = 150;

history.scrollRestoration = 'manual';

export function place() {
  const [path, query] = (location.hash.slice(1) || '/').split('?');
  return { path, query: new URLSearchParams(query) };
}

/** What was kept with this place; of a place that is new, nothing. */
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
