import assert from "node:assert/strict";
import fc from "fast-check";
import { Grid, NOWHERE, type Point } from "../../../namespaces/world/interest/grid.ts";

/** Of distances between coordinates of which one is as small as a number can be. */
const ROUNDING = 1e-6;

const coordinate = fc.oneof(
  fc.double({ min: -1_000_000, max: 1_000_000, noNaN: true }),
  fc.double({ min: -300, max: 300, noNaN: true }),
  fc.integer({ min: -6, max: 6 }).map((n) => n * 50),
);
const point = fc.record({ x: coordinate, y: coordinate });

describe("world grid", () => {
  function filled(points: readonly Point[], cellSize: number, reach: number): Grid<Point> {
    const grid = new Grid<Point>(cellSize, reach);
    for (const item of points) grid.add(grid.keyAt(item.x, item.y), item);
    return grid;
  }

  it("finds within a radius exactly what a look at every point finds", () => {
    fc.assert(
      fc.property(
        fc.array(point, { size: "large" }),
        point,
        fc.double({ min: 0, max: 100 - ROUNDING, noNaN: true }),
        (points, at, radius) => {
          const found = new Set(filled(points, 50, 2).within(at.x, at.y, radius));
          for (const item of points)
            assert.equal(found.has(item), (item.x - at.x) ** 2 + (item.y - at.y) ** 2 <= radius ** 2);
        },
      ),
    );
  });

  it("has everything within the view distance of any point of a cell in the cell's block, and nothing far beyond", () => {
    fc.assert(
      fc.property(
        fc.array(point, { size: "large" }),
        point,
        fc.constantFrom(1, 2, 3),
        (points, at, reach) => {
          const grid = filled(points, 100 / reach, reach);
          const block = new Set(grid.inBlock(grid.keyAt(at.x, at.y)));
          const farthest = 100 + 100 / reach;
          for (const item of points) {
            const [across, up] = [Math.abs(item.x - at.x), Math.abs(item.y - at.y)];
            if (Math.hypot(across, up) <= 100 - ROUNDING)
              assert.ok(block.has(item), "near but not in the block");
            if (Math.max(across, up) > farthest + ROUNDING)
              assert.ok(!block.has(item), "far but in the block");
          }
        },
      ),
    );
  });

  it("covers exactly the cells that it visits, at the edge of the world too", () => {
    fc.assert(
      fc.property(point, point, (a, b) => {
        const grid = new Grid<Point>(0.5, 2);
        const [middle, other] = [grid.keyAt(a.x, a.y), grid.keyAt(b.x, b.y)];
        const visited = new Set<number>();
        grid.eachCell(middle, (key) => visited.add(key));
        assert.equal(visited.size, 25);
        for (const key of visited) assert.ok(grid.covers(middle, key));
        assert.equal(grid.covers(middle, other), visited.has(other));
        assert.ok(!grid.covers(middle, NOWHERE));
      }),
    );
  });

  it("forgets what is removed, and holds no empty cells", () => {
    const grid = new Grid<Point>(50, 2);
    const item = { x: 1, y: 1 };
    const key = grid.keyAt(1, 1);
    grid.add(key, item);
    assert.equal(grid.size, 1);
    grid.remove(key, item);
    grid.remove(key, item);
    assert.equal(grid.size, 0);
    assert.deepEqual(grid.inBlock(key), []);
  });
});
