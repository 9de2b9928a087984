# A room or a channel that is followed: each entry once and in order, or a notice of a gap.
extends RefCounted

signal entry(message)
signal gap()

# Beyond, entries that wait for a resume are dropped, and the stream is resumed once more.
const MAX_HELD := 5000

var name := ""
var epoch := ""
var offset := 0
# Followed once; from then on each connection resumes it.
var started := false
var overflowed := false
var resuming := true
var held := []

func interrupt() -> void:
	resuming = true
	overflowed = false
	held = []

func live(message: Dictionary) -> void:
	if not resuming:
		take(message)
	elif held.size() < MAX_HELD:
		held.append(message)
	else:
		overflowed = true

func take(message: Dictionary) -> void:
	if message.has("epoch") and str(message["epoch"]) != epoch:
		# Another party or guild has this name now.
		epoch = str(message["epoch"])
		offset = 0
		emit_signal("gap")
	if int(message["offset"]) <= offset:
		return
	offset = int(message["offset"])
	emit_signal("entry", message)

# The stream goes on after this position; what was before is gone for good, or was never wanted.
func move_to(position: Dictionary, is_gap: bool) -> void:
	epoch = str(position["epoch"])
	offset = int(position["offset"])
	if is_gap:
		emit_signal("gap")

# What the server answers to a resume.
func resumed(answer: Dictionary) -> void:
	if answer.get("recovered", true) == false or str(answer["epoch"]) != epoch:
		move_to(answer, true)
		return
	for message in answer.get("messages", []):
		take(message)

# Live entries that came meanwhile.
func release() -> void:
	resuming = false
	var late = held
	held = []
	for message in late:
		take(message)
