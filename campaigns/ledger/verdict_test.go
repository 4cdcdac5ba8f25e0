package ledger

import "testing"

func TestAStatusHasItsVerdict(t *testing.T) {
	for _, c := range []struct {
		status, words string
		want          Verdict
		rests         string
	}{
		{"5.1.1", "", HardBounce, "5.1.1"}, {"5.1.2", "", HardBounce, "5.1.2"}, {"5.1.3", "", HardBounce, "5.1.3"},
		{"5.1.6", "", HardBounce, "5.1.6"}, {"5.1.10", "", HardBounce, "5.1.10"}, {" 5.1.1 ", "", HardBounce, "5.1.1"},
		{"4.1.1", "unverified address", SoftBounce, "4.1.1"},
		{"5.1.4", "user unknown", SoftBounce, "5.1.4"}, {"5.1.8", "", SoftBounce, "5.1.8"},
		{"5.2.1", "", SoftBounce, "5.2.1"}, {"5.2.2", "", SoftBounce, "5.2.2"}, {"4.2.2", "", SoftBounce, "4.2.2"},
		{"5.3.0", "User unknown", SoftBounce, "5.3.0"}, {"5.3.4", "", SoftBounce, "5.3.4"},
		{"5.4.1", "Access denied", SoftBounce, "5.4.1"}, {"5.4.4", "Host not found", SoftBounce, "5.4.4"}, {"4.4.7", "", SoftBounce, "4.4.7"},
		{"5.6.0", "", SoftBounce, "5.6.0"}, {"5.7.1", "no such user", SoftBounce, "5.7.1"}, {"5.7.26", "", SoftBounce, "5.7.26"},
		{"2.0.0", "550 5.1.1 user unknown", "", "2.0.0"}, {"2.1.5", "", "", "2.1.5"},
		{"5.0.0", "smtp; 550 5.1.1 <a@b.test> User unknown", HardBounce, "5.1.1"},
		{"5.0.0", "550 No such user here", HardBounce, "5.1.1"},
		{"5.0.0", "550 mailbox unavailable", SoftBounce, "5.0.0"},
		{"5.0.0", "550 mailbox is full", SoftBounce, "5.2.2"},
		{"5.0.0", "554 refused: 203.0.115.1.1 says no", SoftBounce, "5.0.0"},
		{"5.0.0", "550 blocked: user unknown", SoftBounce, "5.7.1"},
		{"4.0.0", "User unknown", SoftBounce, "4.1.1"},
		{"5.5.0", "Requested action not taken: user not found", HardBounce, "5.1.1"},
		{"5.2.0", "account disabled", SoftBounce, "5.2.1"},
		{"", "450 4.2.2 over quota", SoftBounce, "4.2.2"},
		{"", "421 Too many messages from 198.51.100.7", SoftBounce, "4.7.1"},
		{"", "Sorry, no mailbox here by that name. (#5.1.1)", HardBounce, "5.1.1"},
		{"", "Host or domain name not found", HardBounce, "5.1.2"},
		{"", "Der Benutzer ist unbekannt", HardBounce, "5.1.1"}, {"", "Das Postfach ist leider voll", SoftBounce, "5.2.2"},
		{"", "Пользователь не найден", HardBounce, "5.1.1"}, {"", "Почтовый ящик получателя переполнен", SoftBounce, "5.2.2"},
		{"", "Пощенската кутия е препълнена", SoftBounce, "5.2.2"}, {"", "Потребителят не съществува", HardBounce, "5.1.1"},
		{"", "L'utilisateur n'existe pas", HardBounce, "5.1.1"}, {"", "El buzón del destinatario está lleno", SoftBounce, "5.2.2"},
		{"", "用户不存在", HardBounce, "5.1.1"}, {"", "retry time not reached; user unknown", SoftBounce, "5.4.7"},
		{"", "nobody knows", SoftBounce, ""}, {"x", "", SoftBounce, ""}, {"9.1.1", "", SoftBounce, ""}, {"", "", SoftBounce, ""},
	} {
		if got, rests := Judge(c.status, c.words); got != c.want || rests != c.rests {
			t.Errorf("%q %q: got %q on %q; want %q on %q", c.status, c.words, got, rests, c.want, c.rests)
		}
	}
}

func TestWhatIsAboutUsIsNoFaultOfTheAddress(t *testing.T) {
	for status, want := range map[string]bool{"5.7.1": true, "4.7.0": true, "5.6.1": true, "5.1.8": true, "5.1.7": true,
		"5.1.1": false, "5.2.2": false, "4.4.7": false, "5.17.1": false, "": false, "7.1": false} {
		if got := AboutUs(status); got != want {
			t.Errorf("%q: %v", status, got)
		}
	}
}
