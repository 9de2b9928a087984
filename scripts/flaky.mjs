/** Says which tests needed a second try, so that a flaky test is seen although it does not stop the whole run. */
export const mochaHooks = {
  afterEach() {
    const test = this.currentTest;
    if (test && test.currentRetry() > 0 && test.state === "passed")
      console.log(`      FLAKY, passed at the second try: ${test.fullTitle()}`);
  },
};
