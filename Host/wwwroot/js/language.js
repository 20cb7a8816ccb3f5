import { words } from './words.js';

// The language is no secret and worth keeping: it outlives the tab.
const place = 'shop.language';

export const languages = { ko: '한국어', en: 'English' };

let current = remembered() ?? (navigator.languages.find((tag) => /^(ko|en)\b/.test(tag)) ?? 'en').slice(0, 2);
document.documentElement.lang = current;

export const language = () => current;

export function speak(tag) {
  current = tag;
  document.documentElement.lang = tag;
  localStorage.setItem(place, tag);
}

/** The text of a name in the dictionary, with `{members}` filled in; undefined where there is none. */
export function find(name, members = {}) {
  return words[name]?.[current].replace(/\{(\w+)\}/g, (_, member) => String(members[member] ?? ''));
}

/** The same; a name without a text shows itself. */
export const t = (name, members) => find(name, members) ?? name;

export const won = (amount) => new Intl.NumberFormat(current, { style: 'currency', currency: 'KRW' }).format(amount);

export const number = (value, options) => new Intl.NumberFormat(current, options).format(value);

export const time = (instant) =>
  new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));

/** A calendar day, `2026-11-25`, as it stands: of no time zone. */
export const day = (date) =>
  new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));

export const clock = (instant) => new Intl.DateTimeFormat(current, { timeStyle: 'short' }).format(new Date(instant));

const amounts = ['minimum', 'maximum', 'balance', 'shortfall', 'minimumOrderAmount', 'expectedTotal', 'totalAmount'];

// What `maximum` counts there are things, not money.
const counted = new Set(['orders.too_many_lines', 'orders.too_many_open']);

/** A problem as a sentence: of the dictionary, with its amounts as money; else what the shop said, or its code. */
export function sentence(problem) {
  const members = { ...problem.members };
  const show = counted.has(problem.code) ? number : won;
  for (const name of amounts)
    if (typeof members[name] === 'number') members[name] = show(members[name]);
  if (members.orderStatus) members.orderStatus = t(`status.${members.orderStatus}`);
  members.seconds = number(problem.retryAfter ?? 1);
  return find(`problem.${problem.code}`, members) ?? unnamed(problem);
}

// The shop speaks English.
function unnamed({ code, members }) {
  if (current === 'en' && members?.detail) return members.detail;
  if (/^http\.5/.test(code)) return t('problem.internal');
  return code ? t('problem.unnamed', { code }) : t('problem.unknown');
}

function remembered() {
  const kept = localStorage.getItem(place);
  return kept in languages ? kept : undefined;
}
