/** `muster check-config`: all mistakes of the configuration, without a server. */
import { shippedGames, shippedRealtimeGames } from "../../games/index.ts";
import { asGame } from "../../namespaces/game/realtime/as-game.ts";
import { ModesError, parseModes } from "../../namespaces/matchmaking/mode-config.ts";
import { type Command, ConfigError, EXIT, print, readConfig, readOptions } from "./command.ts";
import { gamesOf } from "./own-games.ts";

export const checkConfig: Command = {
  usage: `usage: muster check-config [options]
Reads config.yaml, or the file that CONFIG_FILE names, and the environment, as the server does, and tells every mistake.
  --games FILE    a module with games of your own, which modes may name; may be given again
  -h, --help      this text

Exit codes: 0 it has no mistake, though there may be warnings; 64 wrong arguments; 78 it has mistakes.`,
  async run(args) {
    const { values } = readOptions({
      args: [...args],
      options: { games: { type: "string", multiple: true } },
    });
    const own = await gamesOf(values.games ?? []);
    const { config, warnings } = readConfig();
    const games = [
      ...shippedGames,
      ...own.games,
      ...[...shippedRealtimeGames, ...own.realtimeGames].map(asGame),
    ];
    try {
      parseModes(config.matchmaking.modes, games);
    } catch (err) {
      if (err instanceof ModesError) throw new ConfigError(err.problems);
      throw err;
    }
    for (const warning of warnings) print(`warning: ${warning}`);
    const store =
      config.store.redisUrl === undefined ? `the embedded store in ${config.store.dataDir}` : "Redis";
    const mode = config.production ? "production" : "development";
    print(
      `the configuration has no mistakes: ${mode}, ${config.server.host}:${config.server.port}, ${store}`,
    );
    return EXIT.ok;
  },
};
