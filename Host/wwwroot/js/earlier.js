import { h, updateChildren } from './dom.js';
import { find, number, sentence, t, time, won } from './language.js';
import { doing, say } from './notice.js';

// What became of earlier intents whose answer was lost: in sight on every page until it is closed.

const section = document.getElementById('earlier');
const most = 5;
const itemsNamed = 3;

/**
 * Shows what is unknown of these intents, with a button to ask again, and then what became of them.
 *
 * @param linkOf where an intent that was done can be seen: `{ href, text }`, or undefined.
 * @returns what draws it, for another language.
 */
export function showEarlier(intents, linkOf) {
  let outcomes = [];

  function draw() {
    const cards = [...intents.unknown.map(unknownCard), ...outcomes.map(outcomeCard)];
    updateChildren(section, ...cards);
    section.setAttribute('aria-label', t('earlier'));
    section.hidden = cards.length === 0;
  }

  const keyOf = (state, { key }) => ({ 'data-key': `${key}/${state}` });

  function unknownCard(intent) {
    const ask = h('button', { class: 'secondary', type: 'button', onclick: ({ currentTarget }) => doing(currentTarget, askAgain) }, t('earlier.ask'));
    return h('div', { class: 'line', ...keyOf('unknown', intent) }, h('p', {}, t('earlier.unknown', { what: textOf(intent) })), ask);
  }

  async function askAgain() {
    await intents.check();
    if (intents.unknown.length > 0) say(t('earlier.still'), { error: true });
    // The button may have gone with its card.
    if (document.activeElement === document.body) section.querySelector('a, button')?.focus();
  }

  function outcomeCard(told) {
    const { intent, outcome, answer, problem } = told;
    const link = outcome === 'DONE' && linkOf(intent, answer);
    const members = { what: textOf(intent), reason: problem && sentence(problem) };
    const text = find(`earlier.${outcome}.${intent.path}`, members) ?? t(`earlier.${outcome}`, members);
    const close = h('button', { class: 'quiet', type: 'button', 'aria-label': t('close'), onclick: () => {
      outcomes = outcomes.filter((other) => other !== told);
      draw();
    } }, '×');
    return h('div', { class: outcome === 'DONE' ? 'line completed' : 'line failed', ...keyOf(outcome, intent) },
      h('p', {}, text, link && [' ', h('a', { href: link.href }, link.text)]), close);
  }

  intents.addEventListener('outcome', ({ detail }) => {
    outcomes = [...outcomes, detail].slice(-most);
    draw();
  });
  intents.addEventListener('change', draw);
  return {
    draw,
    /** Forgets what was told: it is another user's. */
    clear() {
      outcomes = [];
      draw();
    },
  };
}

/** An intent in words, such as “Your earlier order (Oak stool × 2, ₩40,000)”. */
export function textOf({ kind, what }) {
  const members = { ...what };
  for (const name of ['amount', 'total'])
    if (name in members) members[name] = won(members[name]);
  for (const name of ['quantity', 'delta', 'count'])
    if (name in members) members[name] = number(members[name]);
  if (members.time) members.time = time(members.time);
  if (members.items) members.items = listOf(members.items);
  return t(`earlier.what.${kind}`, members);
}

function listOf(items) {
  const named = items.slice(0, itemsNamed).map(({ name, quantity }) => `${name} × ${number(quantity)}`);
  const rest = items.length - named.length;
  return (rest > 0 ? [...named, t('earlier.more', { count: number(rest) })] : named).join(', ');
}
