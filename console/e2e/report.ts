// Named checks, one line each, and the closing line that machines read.

export class Report {
  private passed = 0;
  private failed = 0;

  /** Runs one check; what it throws, or the problems it returns, fail it. */
  async check(name: string, work: () => Promise<string[] | void>): Promise<boolean> {
    const problems = await work().catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    if (!problems || problems.length === 0) {
      this.passed += 1;
      console.log(`ok   ${name}`);
      return true;
    }
    this.failed += 1;
    console.log(`FAIL ${name}\n${problems.map((problem) => `       ${problem}`).join('\n')}`);
    return false;
  }

  /** Prints `N passed, N failed` and sets the exit code. */
  close(): void {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed > 0 || this.passed === 0 ? 1 : 0;
  }
}
