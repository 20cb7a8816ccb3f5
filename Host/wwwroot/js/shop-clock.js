// The shop's clock decides when something begins and ends; a device's own may be wrong by hours.

let ahead = 0;

/** Takes the time of an answer (its header Date), which the shop tells in whole seconds. */
export function hear(date) {
  const told = Date.parse(date);
  if (Number.isNaN(told)) return;
  const [least, most] = [told - Date.now(), told + 1000 - Date.now()];
  // An answer within the second that it tells says nothing against what is known.
  ahead = Math.min(Math.max(ahead, least), most);
}

/** The shop's time, in milliseconds. */
export const now = () => Date.now() + ahead;
