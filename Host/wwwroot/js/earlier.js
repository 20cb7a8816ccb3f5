import { h, updateChildren } from './dom.js';
import { find, named, number, sentence, t, time, won } from './language.js';
import { doing, say, unsay } from './notice.js';

// The outcome of earlier intents whose answer was lost stays in sight on every page until it is closed.

const section = document.getElementById('earlier');
const most = 5;
const itemsNamed = 3;

/**
 * Shows what is unknown of these intents, with a button to ask again, and then what became of them: until that is
 * closed, also over a reload, and to the user whose intents they are alone.
 *
 * @param linkOf where an intent that was done can be seen: `{ href, text }` for its kind, its `what` and `orderId`.
 * @returns what draws it, for another language or another user.
 */
export function showEarlier(intents, linkOf) {
  const storageKey = `${intents.storageKey}.told`;
  const all = () => JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');

  function keep(told) {
    if (told.length > 0) sessionStorage.setItem(storageKey, JSON.stringify(told.slice(-most)));
    else sessionStorage.removeItem(storageKey);
    draw();
  }

  function draw() {
    const told = all().filter(({ intent }) => intent.userId === intents.userId);
    const cards = [...intents.unknown.map(unknownCard), ...told.map(outcomeCard)];
    updateChildren(section, ...cards);
    section.setAttribute('aria-label', t('earlier'));
    section.hidden = cards.length === 0;
  }

  function unknownCard(intent) {
    const onclick = () => doing(ask, askAgain);
    const ask = h('button', { class: 'secondary', type: 'button', onclick }, t('earlier.ask'));
    return h('div', { class: 'line', 'data-key': `${intent.key}/unknown` },
      h('p', {}, t('earlier.unknown', { what: textOf(intent) })), ask);
  }

  async function askAgain() {
    await intents.check();
    if (intents.unknown.length > 0) say(t('earlier.still'), { error: true, about: 'intent' });
    // The button may have gone with its card.
    if (document.activeElement === document.body) section.querySelector('a, button')?.focus();
  }

  function outcomeCard({ intent, outcome, orderId, refusal }) {
    const link = outcome === 'DONE' && linkOf(intent, orderId);
    const members = { what: textOf(intent), reason: refusal && sentence(refusal) };
    const text = find(`earlier.${outcome}.${intent.path}`, members) ?? t(`earlier.${outcome}`, members);
    const close = h('button', { class: 'quiet', type: 'button', 'aria-label': t('close'),
      onclick: () => keep(all().filter((other) => other.intent.key !== intent.key)) }, '×');
    const look = outcome === 'DONE' ? 'line completed' : 'line failed';
    return h('div', { class: look, 'data-key': `${intent.key}/${outcome}` },
      h('p', {}, text, link && [' ', h('a', { href: link.href }, link.text)]), close);
  }

  intents.addEventListener('outcome', ({ detail: { intent, outcome, answer, problem } }) => {
    unsay('intent');
    const orderId = (answer?.order ?? answer)?.orderId;
    const refusal = problem && { code: problem.code, members: problem.members };
    keep([...all().filter((other) => other.intent.key !== intent.key), { intent, outcome, orderId, refusal }]);
  });
  intents.addEventListener('change', draw);
  return { draw };
}

/** An intent in words, such as “Your earlier order (Oak stool × 2, ₩40,000)”. */
export function textOf({ kind, what }) {
  const members = { ...what };
  for (const name of ['amount', 'total'])
    if (name in members) members[name] = won(members[name]);
  for (const name of ['quantity', 'delta', 'count'])
    if (name in members) members[name] = number(members[name]);
  if (members.name) members.name = named(members.name);
  if (members.time) members.time = time(members.time);
  if (members.items) members.items = listOf(members.items);
  return t(`earlier.what.${kind}`, members);
}

function listOf(items) {
  const first = items.slice(0, itemsNamed).map(({ name, quantity }) => `${named(name)} × ${number(quantity)}`);
  const rest = items.length - first.length;
  return (rest > 0 ? [...first, t('earlier.more', { count: number(rest) })] : first).join(', ');
}
