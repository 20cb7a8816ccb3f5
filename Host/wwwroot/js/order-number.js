/** The short number that people read out: the end of the order's id. */
export const numberOf = (orderId) => orderId.slice(-8).toUpperCase().replace(/^.{4}/, '$&-');
