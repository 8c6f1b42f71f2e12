// Checks one after the other, a line each; the exit code says whether all held.

/** Load and trials go to this machine only. */
export function isLoopback(url) {
  const host = new URL(url).hostname;
  if (!["localhost", "[::1]"].includes(host) && !/^127(\.\d+){3}$/.test(host)) {
    console.error(`${host} is not this machine`);
    process.exit(2);
  }
}

export function report(title) {
  let passed = 0;
  let failed = 0;
  console.log(title);
  const check = async (name, run) => {
    try {
      const detail = await run();
      passed++;
      console.log(`  ok    ${name}: ${detail}`);
    } catch (error) {
      failed++;
      console.log(`  FAIL  ${name}: ${error.message.split("\n")[0]}`);
    }
  };
  check.end = () => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  };
  return check;
}
