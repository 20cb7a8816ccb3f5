// A shortfall is charged in whole steps, as the shop's smallest charge is one.
const step = 1_000;

/** The charge by which a total can be paid: 0 where the balance is enough, or not known. */
export const chargeFor = (total, balance) =>
  balance === undefined || balance >= total ? 0 : Math.ceil((total - balance) / step) * step;
