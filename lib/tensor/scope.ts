/** What a scope frees: tensors, and anything else with native memory of its own. */
export interface Disposable {
  dispose(): void;
  moveToScope(scope: Scope | undefined): void;
}

/** The tensors made since a `tidy` began. */
export class Scope {
  readonly members = new Set<Disposable>();
  constructor(readonly parent: Scope | undefined) {}
}

let current: Scope | undefined;

/** @internal */
export function currentScope(): Scope | undefined {
  return current;
}

/** @internal */
export function enterScope(): Scope {
  current = new Scope(current);
  return current;
}

/** Ends `scope`: members in `survivors` move to its parent, the others are disposed. @internal */
export function leaveScope(scope: Scope, survivors: ReadonlySet<unknown>): void {
  current = scope.parent;
  for (const member of scope.members) {
    if (survivors.has(member)) member.moveToScope(scope.parent);
    else member.dispose();
  }
}
