import { timeZone } from './settings.js';
import { words } from './words.js';

// The chosen language outlives the tab: it is no secret, and worth keeping.
const place = 'shop.language';

export const languages = { ko: '한국어', en: 'English' };

const hangul = /[\u3131-\u318e\uac00-\ud7a3]/;

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

/** The text of a name in the dictionary; a name without one shows itself. */
export const t = (name, members) => find(name, members) ?? name;

/** A name or text of the shop's data: of `한국어 / English` the half in the page's language, of any other all. */
export function named(text) {
  const [korean, english, ...more] = (text ?? '').split(' / ');
  if (english === undefined || more.length > 0 || !hangul.test(korean) || hangul.test(english)) return text ?? '';
  return current === 'ko' ? korean : english;
}

export const won = (amount) => new Intl.NumberFormat(current, { style: 'currency', currency: 'KRW' }).format(amount);

export const number = (value, options) => new Intl.NumberFormat(current, options).format(value);

/** A list as a sentence has it: `A, B and C`. */
export const listed = (texts) => new Intl.ListFormat(current).format(texts);

/** A time in the shop's zone, whose days and deadlines these are, wherever somebody looks at them from. */
export const time = (instant) =>
  new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    new Date(instant),
  );

/** A calendar day, `2026-11-25`, as it stands: of no time zone. */
export const day = (date) =>
  new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));

export const clock = (instant) =>
  new Intl.DateTimeFormat(current, { timeStyle: 'short', timeZone }).format(new Date(instant));

/** The zone of all times, as people call it. */
export const zoneName = () =>
  new Intl.DateTimeFormat(current, { timeZone, timeZoneName: 'long' })
    .formatToParts(new Date())
    .find(({ type }) => type === 'timeZoneName').value;

/** Seconds or minutes to come, as people say them. */
export function span(milliseconds) {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const [value, unit] = seconds < 90 ? [seconds, 'second'] : [Math.round(seconds / 60), 'minute'];
  return new Intl.NumberFormat(current, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

const amounts = ['minimum', 'maximum', 'balance', 'shortfall', 'minimumOrderAmount', 'expectedTotal', 'totalAmount'];

// A `maximum` of these codes counts things, not money.
const counted = new Set(['orders.too_many_lines', 'orders.too_many_open']);

/** A problem as a sentence: of the dictionary, with its amounts as money; else what the shop said, or its code. */
export function sentence(problem) {
  const members = { ...problem.members };
  const show = counted.has(problem.code) ? number : won;
  for (const name of amounts) if (typeof members[name] === 'number') members[name] = show(members[name]);
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
