/** The part of `glicko2` that is used here; the package has no types. */
declare module "glicko2" {
  export interface Player {
    getRating(): number;
    getRd(): number;
    getVol(): number;
  }
  export class Glicko2 {
    constructor(settings: { tau: number; rating: number; rd: number; vol: number });
    makePlayer(rating: number, rd: number, vol: number): Player;
    updateRatings(matches: [player: Player, opponent: Player, outcome: number][]): void;
  }
}
