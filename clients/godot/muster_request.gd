# One command that waits for its answer. The answer has "ok"; where that is false, "error" has "code" and "message".
extends RefCounted

signal done(answer)

var id := ""
var type := ""
var payload := {}
var until := 0
var sent := false
# Of the client itself: it belongs to its connection.
var own := false
# What the client does with the answer before the game gets it.
var purpose := ""
var stream := ""
