// Vitest reporter: prints 'N passed, N failed, N skipped' alone on the last line.
export default class ClosingLineReporter {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count[test.result().state] = (count[test.result().state] ?? 0) + 1;
      // A file that did not load has no tests, and is one failure.
      if (tests.length === 0 && module.state() === 'failed') count.failed += 1;
    }
    if (count.passed === 0) process.exitCode ||= 1;
    if (count.failed > 0) process.exitCode ||= 1;
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
