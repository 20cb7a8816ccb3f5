import { h, updateChildren } from './dom.js';
import { sentence, t } from './language.js';
import { doing } from './notice.js';

/**
 * A part of a page that is loaded by itself and fails by itself: its failure is said in its place, with a button to
 * try again, and the rest of the page stays.
 *
 * @param load gives the content: a node, or a list of nodes and of what is left out (false, null, undefined).
 * @returns the element, still empty, and `fill`, which loads and never throws a problem.
 */
export function part(name, load) {
  const element = h('div', { class: 'part', tabindex: -1 });

  async function fill() {
    let content;
    try {
      content = [await load()];
    } catch (problem) {
      // The user went on to another view, or asked for something else: the content stays.
      if (problem.name === 'AbortError') return;
      if (problem.code === undefined) console.error(problem);
      content = [failure(problem)];
    }
    updateChildren(element, ...content.flat(Infinity).filter(Boolean));
  }

  function failure(problem) {
    const retry = h('button', { class: 'secondary', type: 'button', onclick: () => doing(retry, async () => {
      await fill();
      // The button has gone; another one may have come in its place.
      (element.querySelector(':scope > .failed button') ?? element).focus({ preventScroll: true });
    }) }, t('retry'));
    const text = t('part.failed', { name, reason: sentence(problem) });
    // The key keeps `updateChildren` from reusing the content's own element for the failure, or the reverse.
    return h('div', { class: 'failed', 'data-key': 'failed' }, h('p', { role: 'alert' }, text), retry);
  }

  return { element, fill };
}
