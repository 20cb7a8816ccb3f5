import { timeZone } from '../js/settings.js';

// The shop's days are those of its zone, wherever an operator sits.

const parts = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' });

/** The wall clock of the shop at an instant, as the control wants it: `2026-11-25T09:00`. */
export const localText = (instant) => parts.format(new Date(instant)).replace(' ', 'T').slice(0, 16);

/** The instant of a wall clock of the shop. */
export function instantOf(text) {
  const asUtc = Date.parse(`${text.slice(0, 16)}Z`);
  const offset = (instant) => Date.parse(`${localText(instant)}Z`) - Math.floor(instant / 60_000) * 60_000;
  const first = asUtc - offset(asUtc);
  return new Date(asUtc - offset(first)).toISOString();
}

/** The instant at which a day of the shop begins; `days` later than the one that is given. */
export const dayStart = (day, days = 0) =>
  instantOf(`${new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)}T00:00`);

/** Filters with `from` and `to` as days of the shop, the last one included, as the API wants them: as instants. */
export function withInstants(entered) {
  const asked = new URLSearchParams(entered);
  if (asked.has('from')) asked.set('from', dayStart(asked.get('from')));
  if (asked.has('to')) asked.set('to', dayStart(asked.get('to'), 1));
  return asked;
}
