// Loops of a disassembled kernel: its graph of basic blocks, natural loops by dominators, and the main loop's path.

/**
 * Basic blocks, each with its instructions and the indices of those that can follow it. A call can go on behind it or at
 * its target, for ptxas leaves loops by calls that do not return; after an indirect branch nothing follows.
 */
export function basicBlocks(instructions) {
  const at = new Map(instructions.map(({ address }, i) => [address, i]));
  const targetOf = ({ opcode, operands }) => {
    const target = /^(BRA|CALL)\b/.test(opcode) ? /0x([0-9a-f]+)\s*$/.exec(operands) : null;
    return target === null ? undefined : at.get(parseInt(target[1], 16));
  };
  const ends = ({ opcode }) => /^(BRA|CALL|BRX|BRXU|JMP|JMX|EXIT|RET)\b/.test(opcode);
  const starts = new Set([0]);
  instructions.forEach((instruction, i) => {
    if (!ends(instruction)) return;
    starts.add(i + 1);
    const target = targetOf(instruction);
    if (target !== undefined) starts.add(target);
  });
  const first = [...starts].filter((i) => i < instructions.length).sort((a, b) => a - b);
  const blockAt = new Map(first.map((i, block) => [i, block]));
  return first.map((from, block) => {
    const body = instructions.slice(from, first[block + 1]);
    const last = body.at(-1);
    const next = new Set();
    const target = targetOf(last);
    if (target !== undefined) next.add(blockAt.get(target));
    // `BRA UP0, x` and `BRA.DIV UR4, x` are conditional too.
    const isConditional = last.guard !== undefined || (last.opcode.startsWith('BRA') && last.operands.includes(','));
    if ((!ends(last) || isConditional || last.opcode.startsWith('CALL')) && block + 1 < first.length)
      next.add(block + 1);
    return { instructions: body, next: [...next] };
  });
}

/** Blocks in an order in which each comes before its successors, loops aside. */
function orderFrom(blocks, start, isAllowed) {
  const seen = new Set([start]);
  const order = [];
  const stack = [[start, 0]];
  while (stack.length > 0) {
    const top = stack.at(-1);
    const next = blocks[top[0]].next[top[1]++];
    if (next === undefined) order.push(stack.pop()[0]);
    else if (!seen.has(next) && isAllowed(next)) {
      seen.add(next);
      stack.push([next, 0]);
    }
  }
  return order.reverse();
}

function predecessorsOf(blocks) {
  const before = blocks.map(() => []);
  blocks.forEach(({ next }, block) => next.forEach((to) => before[to].push(block)));
  return before;
}

/** Immediate dominators (Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001). */
function dominatorsOf(blocks, before) {
  const order = orderFrom(blocks, 0, () => true);
  const place = new Map(order.map((block, i) => [block, i]));
  const dominator = new Map([[0, 0]]);
  const join = (a, b) => {
    while (a !== b) {
      while (place.get(a) > place.get(b)) a = dominator.get(a);
      while (place.get(b) > place.get(a)) b = dominator.get(b);
    }
    return a;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order.slice(1)) {
      const found = before[block].filter((b) => dominator.has(b)).reduce(join);
      changed ||= dominator.get(block) !== found;
      dominator.set(block, found);
    }
  }
  return dominator;
}

/** Natural loops, `{ header, members, latches }`. */
export function naturalLoops(blocks) {
  const before = predecessorsOf(blocks);
  const dominator = dominatorsOf(blocks, before);
  const dominates = (a, b) => {
    while (b !== a && b !== 0) b = dominator.get(b);
    return a === b;
  };
  const loops = new Map();
  for (const block of dominator.keys())
    for (const header of blocks[block].next) {
      if (!dominates(header, block)) continue;
      const loop = loops.get(header) ?? { header, members: new Set([header]), latches: [] };
      loops.set(header, loop);
      loop.latches.push(block);
      const waiting = [block];
      for (let member; (member = waiting.pop()) !== undefined;) {
        if (loop.members.has(member)) continue;
        loop.members.add(member);
        waiting.push(...before[member].filter((b) => dominator.has(b)));
      }
    }
  return [...loops.values()];
}

/**
 * The blocks of one turn through a loop, a loop within it passed once: the way with the greatest weight, `weigh` giving
 * an array for a block, compared from its first number on.
 */
export function heaviestTurn(blocks, { header, members, latches }, weigh) {
  const order = orderFrom(blocks, header, (block) => members.has(block));
  const place = new Map(order.map((block, i) => [block, i]));
  const best = new Map([[header, { weight: weigh(header), from: null }]]);
  for (const block of order)
    for (const next of blocks[block].next) {
      if (!members.has(next) || place.get(next) <= place.get(block)) continue;
      const weight = weigh(next).map((w, i) => w + best.get(block).weight[i]);
      if (!best.has(next) || isGreater(weight, best.get(next).weight)) best.set(next, { weight, from: block });
    }
  let end = latches[0];
  for (const latch of latches) if (isGreater(best.get(latch).weight, best.get(end).weight)) end = latch;
  const path = [];
  for (let block = end; block !== null; block = best.get(block).from) path.push(block);
  return path.reverse();
}

function isGreater(a, b) {
  const i = a.findIndex((x, at) => x !== b[at]);
  return i >= 0 && a[i] > b[i];
}
