// Who votes for whom when a poll closes (docs/METHODS.md, "Delegation").

/**
 * Follows grants, pairs of a delegator and a delegate in the order of the log; `voters` cast a ballot of their own.
 *
 * Returns the carriers, of each whose vote counts, and the lost, of each whose does not with the reason why.
 */
export function resolve(voters, grants, carryMax = null) {
  const delegates = new Map();
  for (const [delegator, delegate] of grants) {
    delegates.delete(delegator);
    delegates.set(delegator, delegate);
  }
  const ends = endsOf(voters, delegates);
  const carried = new Map();
  const carriers = new Map();
  const lost = new Map();
  for (const delegator of delegates.keys()) {
    if (voters.has(delegator)) continue;
    const carrier = ends.get(delegator);
    const load = carried.get(carrier) ?? 0;
    if (carrier === null) lost.set(delegator, "cycle");
    else if (!voters.has(carrier)) lost.set(delegator, "no ballot");
    else if (carryMax !== null && load >= carryMax) lost.set(delegator, "cap");
    else {
      carried.set(carrier, load + 1);
      carriers.set(delegator, carrier);
    }
  }
  return { carriers, lost, carried };
}

// With whom the chain from each delegator ends; null for one that runs into a circle.
function endsOf(voters, delegates) {
  const ends = new Map();
  for (const delegator of delegates.keys()) {
    const chain = new Set();
    let here = delegator;
    while (delegates.has(here) && !voters.has(here) && !ends.has(here) && !chain.has(here)) {
      chain.add(here);
      here = delegates.get(here);
    }
    const end = chain.has(here) ? null : ends.has(here) ? ends.get(here) : here;
    for (const each of chain) ends.set(each, end);
  }
  return ends;
}
