const REPO_ID = /^(?:\w(?:[\w.-]*\w)?\/)?\w(?:[\w.-]{0,94}\w)?$/;

/** Whether a text is spelled as the hub names repositories: `name` or `org/name`. @internal */
export function isRepoId(text: string): boolean {
  return REPO_ID.test(text) && !/--|\.\.|\.git$/.test(text);
}

/** A commit's whole name. @internal */
export function isCommit(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{40}$/.test(text);
}
