import assert from "node:assert/strict";
import { originAllowed } from "../../middleware/origin.ts";

const rules = { mode: "jwt", origins: ["https://play.example.com", "http://localhost:8080"] } as const;
const host = "game.example.com";

describe("origin", () => {
  it("none is allowed: it is not a browser", () => {
    assert.equal(originAllowed(undefined, { host }, rules), true);
  });

  it("any is allowed under dev", () => {
    for (const origin of ["https://evil.example", "null", "file://"])
      assert.equal(originAllowed(origin, { host }, { ...rules, mode: "dev" }), true);
  });

  it("the server's own and the configured ones are allowed", () => {
    for (const origin of [
      "https://game.example.com",
      "http://game.example.com",
      "https://play.example.com",
      "http://localhost:8080",
    ])
      assert.equal(originAllowed(origin, { host }, rules), true, origin);
    assert.equal(originAllowed("http://127.0.0.1:3000", { host: "127.0.0.1:3000" }, rules), true);
    assert.equal(originAllowed("https://game.example.com", { host: "Game.Example.com:443" }, rules), true);
    assert.equal(originAllowed("http://[::1]:3000", { host: "[::1]:3000" }, rules), true);
  });

  it("a page without TLS is not the server's own where the server has TLS", () => {
    assert.equal(originAllowed("http://game.example.com", { host, secure: true }, rules), false);
    assert.equal(originAllowed("https://game.example.com", { host, secure: true }, rules), true);
  });

  for (const origin of [
    "null",
    "",
    "https://evil.example",
    "https://game.example.com.evil.example",
    "https://evil.example/game.example.com",
    "https://evilgame.example.com",
    "https://game.example.com:444",
    "http://game.example.com:443",
    "https://GAME.example.com",
    "https://game.example.com/",
    "https://game.example.com.",
    "https://game.example.com@evil.example",
    "https://gаme.example.com", // a Cyrillic а
    "https://xn--gme-6cd.example.com",
    "https://sub.play.example.com",
    "http://play.example.com",
    "https://play.example.com:8443",
    "http://localhost:8081",
    "http://127.0.0.1:8080",
    "file://",
    "chrome-extension://abc",
    "javascript:alert(1)",
    "*",
    "https://*",
    "https://game.example.com, https://evil.example",
  ])
    it(`${JSON.stringify(origin)} is refused`, () => {
      assert.equal(originAllowed(origin, { host }, rules), false);
    });

  it("without a Host nothing is the server's own", () => {
    assert.equal(originAllowed("https://game.example.com", { host: undefined }, rules), false);
    assert.equal(originAllowed("https://", { host: "" }, rules), false);
  });
});
