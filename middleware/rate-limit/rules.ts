/** Which rate holds for an event: the command's own, or what the settings say for all, or for a role. */
import type { RateRule, Role } from "../../core/contract/contract.ts";

/** A rate, and how many of these may come at once; both counted over all workers. */
export interface LimitRule extends RateRule {
  readonly burst?: RateRule;
}

type EventRules = Readonly<Record<string, LimitRule | null>>;

/** Absent or null: no limit. `events` by name replaces a command's own rule. */
export interface RateLimits {
  readonly global?: RateRule;
  readonly connection?: RateRule;
  readonly user?: RateRule;
  readonly events: EventRules;
  /** Replace `events` for who has the role; of a user's roles the most generous counts. */
  readonly roles?: Readonly<Partial<Record<Role, EventRules>>>;
  /** The longest that who goes on although refused is refused; absent or 0: never longer than a window. */
  readonly longestRefusalMs?: number;
}

/** A command as the limiter needs it; the same object each time, for windows are kept by it. */
export interface LimitedCommand {
  readonly name: string;
  /** Keeps commands of the same name apart, such as those of two namespaces. */
  readonly scope?: string;
  readonly rate: RateRule;
}

interface RuledCaller {
  readonly identity?: { readonly roles: readonly Role[] };
}

/** Which rule holds for a caller's command; null: none. The same object each time. */
export function rulesOf({ events, roles = {} }: RateLimits) {
  const general = new Map(Object.entries(events));
  const byRole = new Map(
    Object.entries(roles).map(([role, rules]) => [role, new Map(Object.entries(rules))] as const),
  );
  return ({ identity }: RuledCaller, { name, rate }: LimitedCommand): LimitRule | null => {
    let found: LimitRule | null | undefined;
    if (byRole.size > 0)
      for (const role of identity?.roles ?? []) {
        const rule = byRole.get(role)?.get(name);
        if (rule !== undefined && (found === undefined || isMoreGenerous(rule, found))) found = rule;
      }
    if (found !== undefined) return found;
    const rule = general.get(name);
    return rule === undefined ? rate : rule;
  };
}

function isMoreGenerous(rule: LimitRule | null, than: LimitRule | null): boolean {
  if (rule === null || than === null) return rule === null;
  return rule.max / rule.windowMs > than.max / than.windowMs;
}
