/* The party: invite, join, talk, queue and fight together. */
import { ask } from "./connection.js";
import { $, button, make, onPress, say } from "./dom.js";
import { invite, onInvitation, withdraw } from "./invitations.js";

export function parties(me, matchmaking, { queue, fights, chat }) {
  let party;

  function memberOf({ user_id, name }) {
    const entry = make(
      "li",
      {},
      make("span", { className: "name" }, user_id === me ? `${name} (you)` : name),
    );
    if (user_id === party.leader) entry.append(make("span", { className: "badge" }, "leader"));
    if (party.leader !== me || user_id === me) return entry;
    const promote = button("Make leader", () => change("party_promote", { user_id }));
    promote.setAttribute("aria-label", `Make leader: ${name}`);
    const remove = button("Remove", () => change("party_kick", { user_id }));
    remove.setAttribute("aria-label", `Remove: ${name}`);
    entry.append(make("span", { className: "buttons" }, promote, remove));
    return entry;
  }

  function show(next) {
    party = next ?? undefined;
    chat.party(party?.party_id);
    if (party) withdraw(party.party_id);
    $("party").hidden = party === undefined;
    $("no-party").hidden = party !== undefined;
    const { leader, members = [] } = party ?? {};
    $("party-members").replaceChildren(...members.map(memberOf));
    $("party-fight").disabled = members.length < 2;
    $("party-queue").hidden = leader !== me;
    say($("party-status"), party ? `${members.length} of at most ${party.max_size}` : "");
  }

  async function change(command, input) {
    const answer = await ask(matchmaking, command, input);
    show(answer.party);
  }

  matchmaking.on("party_updated", (update) => show(update.party));
  matchmaking.on("party_invited", ({ party_id, from, expires_at }) =>
    invite("party", { id: party_id, from, until: expires_at }),
  );
  onInvitation("party", (from) => `${from} invites you to a party`, {
    accept: (party_id) => change("party_join", { party_id }),
    // It ends by itself: there is nothing to tell the server.
    decline: () => undefined,
  });

  onPress($("party-leave"), () => change("party_leave", {}));
  onPress($("party-fight"), () => fights.together(party.members.map(({ user_id }) => user_id)));
  $("party-queue").addEventListener("submit", (event) => event.preventDefault());
  onPress($("party-find"), () => queue.join($("party-mode").value.trim(), party.party_id));
  show();

  return {
    async invite(user_id) {
      if (party === undefined) await change("party_create", {});
      await ask(matchmaking, "party_invite", { user_id });
      say($("party-status"), `${user_id} is invited.`);
    },
  };
}
