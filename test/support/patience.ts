/**
 * How long a test waits for what must come, in milliseconds. It says when to give up, not how fast the server is: long enough for a machine
 * whose cores are shared with two further suites, and below mocha's own limit, so that the error can tell what was waited for.
 */
export const WAIT_MS = 20_000;
