package muster

// Entries kept while a resume is under way; beyond, the stream is resumed once more.
const maxHeld = 5000

// stream is a room or a channel that is followed: each entry once and in order, or a notice of a gap. Its namespace's lock guards it.
type stream struct {
	name       string
	entry      func(Fields)
	gap        func()
	epoch      string
	offset     float64
	started    bool
	resuming   bool
	overflowed bool
	held       []Fields
}

func (s *stream) interrupt() {
	s.resuming, s.overflowed, s.held = true, false, nil
}

func (s *stream) live(message Fields) {
	switch {
	case !s.resuming:
		s.take(message)
	case len(s.held) < maxHeld:
		s.held = append(s.held, message)
	default:
		s.overflowed = true
	}
}

func (s *stream) take(message Fields) {
	if epoch := text(message, "epoch"); epoch != "" && epoch != s.epoch {
		// Another party or guild has this name now.
		s.epoch, s.offset = epoch, 0
		s.gap()
	}
	if offset := number(message, "offset"); offset > s.offset {
		s.offset = offset
		s.entry(message)
	}
}

// moveTo continues after a position; what was before is gone for good, or was never wanted.
func (s *stream) moveTo(position Fields, isGap bool) {
	s.epoch, s.offset = text(position, "epoch"), number(position, "offset")
	if isGap {
		s.gap()
	}
}

func (s *stream) resumed(answer Fields) {
	if answer["recovered"] == false || text(answer, "epoch") != s.epoch {
		s.moveTo(answer, true)
		return
	}
	messages, _ := answer["messages"].([]interface{})
	for _, message := range messages {
		if fields, ok := message.(Fields); ok {
			s.take(fields)
		}
	}
}

// release tells the live entries that came meanwhile.
func (s *stream) release() {
	late := s.held
	s.resuming, s.held = false, nil
	for _, message := range late {
		s.take(message)
	}
}
