package ledger

import (
	"regexp"
	"slices"
	"strings"
)

// dead are the details of a status that say the address does not exist (RFC 3463 §3.2, RFC 7505).
var dead = []string{"1.1", "1.2", "1.3", "1.6", "1.10"}

// Judge says what a failure means for an address: its status (RFC 3463, "5.1.1"), which may
// be empty, and the server's words. Where the status says nothing in particular (5.0.0) the
// words do. It returns the verdict and the status it rests on; no verdict when the status
// says that all went well. Only class 5 is ever hard: class 4 is "for now" (RFC 3463 §3.1).
func Judge(status, words string) (Verdict, string) {
	status = judged(strings.TrimSpace(status), words)
	switch class, detail, _ := strings.Cut(status, "."); {
	case class == "2":
		return "", status
	case class == "5" && slices.Contains(dead, detail):
		return HardBounce, status
	}
	return SoftBounce, status
}

// AboutUs reports whether a status is about the sender or the letter (security and policy
// X.7, content X.6, the sender's address X.1.7 and X.1.8): no fault of the address, so it
// does not count against it.
func AboutUs(status string) bool {
	_, detail, _ := strings.Cut(status, ".")
	return strings.HasPrefix(detail, "7.") || strings.HasPrefix(detail, "6.") || detail == "1.7" || detail == "1.8"
}

var (
	status3463 = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)
	inWords    = regexp.MustCompile(`(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.?$|\.\s)`)
	replyCode  = regexp.MustCompile(`(?:^|[^\d.])([45])[0-5]\d(?:[ -]|$)`) // RFC 5321 §4.2.1
)

// judged is the most particular status that the report gives.
func judged(status, words string) string {
	if !status3463.MatchString(status) {
		status = ""
	}
	if strings.HasPrefix(status, "2.") || particular(status) {
		return status
	}
	if m := inWords.FindStringSubmatch(words); m != nil {
		if status == "" || particular(m[1]) {
			status = m[1]
		}
		if particular(status) {
			return status
		}
	}
	detail := inText(words)
	if detail == "" || !vague(status) {
		return status
	}
	return class(status, words) + "." + detail
}

// particular is a status with a detail of its own; X.Y.0 means "other".
func particular(status string) bool {
	return status != "" && !vague(status) && !strings.HasSuffix(status, ".0")
}

// vague is a status that does not even say what it is about, or says only "the address",
// "the mailbox" or "the protocol": servers use those for whatever they have to say.
func vague(status string) bool {
	_, detail, _ := strings.Cut(status, ".")
	return slices.Contains([]string{"", "0.0", "1.0", "2.0"}, detail) || strings.HasPrefix(detail, "5.")
}

func class(status, words string) string {
	if status != "" {
		return status[:1]
	}
	if m := replyCode.FindStringSubmatch(words); m != nil {
		return m[1]
	}
	return "5"
}

// A saying is what servers write when they give no code, in the languages they write it in.
type saying struct {
	detail string
	words  *regexp.Regexp
}

func says(detail string, phrases ...string) saying {
	return saying{detail, regexp.MustCompile(`(?i)` + strings.Join(phrases, "|"))}
}

// sayings are asked in order: what is not about the address first, so that a doubt is soft.
var sayings = []saying{
	says("4.7", `retry time|timed? ?out|time-?out|expired|too long|for \d+ (hours|days)|try(ing)? again later|gave up|giving up`,
		`connection (refused|reset)|no route|zu lange|zeitüberschreitung|délai|tiempo de espera|время ожидания|времето за`),
	says("7.1", `spam|junk|blacklist|block(ed|ing|list)|blocked|reputation|policy|dmarc|\bspf\b|dkim|\brbl\b|dnsbl|denied|not authori[sz]ed|unsolicited|banned|rate limit|too many`,
		`relay|virus|malware|content (was )?rejected|authentication (is )?(required|failed)|unauthenticated|prohibited|restricted|not allowed|спам|запрещ|блокиран|забранен|abgelehnt wegen|richtlinie|politique|política`),
	says("6.0", `content|attachment|message (size|too)|too large|size limit|exceeds? (the )?(maximum )?(message )?size|line too long|zu groß|trop volumineux|demasiado grande|слишком больш|твърде голям`),
	says("2.2", `quota|mailbox (is )?(full|exceed)|(mail)?box full|inbox is full|full mailbox|over ?quota|storage|insufficient (disk )?space|disk full|exceeded .{0,30}(space|limit)`,
		`postfach.{0,60}voll|speicherplatz|boîte.{0,30}pleine|saturée|buz[oó]n.{0,30}(lleno|completo)|casella.{0,30}piena|caixa.{0,30}cheia|vol(le)? (postvak|mailbox)|skrzynk.{0,30}(pełna|przepełniona)`,
		`(ящик|кутия).{0,40}(переполнен|заполнен|препълнен|пълн)|переполнен|препълнен|メールボックス.{0,10}(いっぱい|容量)|容量(超過|オーバー)|邮箱.{0,6}已满|空间不足`),
	says("2.1", `disabled|inactive|suspended|deactivated|not active|no longer active|locked|on hold|account (is |has been )?(closed|expired)|discontinued`,
		`deaktiviert|gesperrt|désactivé|desactivad|disattivat|desativad|geblokkeerd|zablokowan|nieaktywn|отключ[её]н|деактивиран|неактив|заблокирован|無効|停用`),
	says("1.2", `(unknown|no such|invalid|bad) (host|domain)|(host|domain)( name)? (is )?(unknown|not found|not exist|invalid)|domain (name )?(does not|doesn't) exist|couldn't find any host|unrouteable mail domain`,
		`no (mx|mail exchanger)|nullmx|does not accept mail|unbekannte domain|домен не (найден|существует)|домейнът не съществува`),
	says("1.1", `(user|recipient|mailbox|address|account|alias|addressee|destinatario|destinataire|local ?part)( name)?( address)?( \S+)?( is| was)? (unknown|not found|not exist|invalid|not listed|inexistent|not recogni[sz]ed)`,
		`(unknown|no such|invalid|bad|non-?exist(e|a)nt) (local[ -]?part|user|recipient|mailbox|address|account|person|destination)|no such user|user ?unknown|no mailbox (here )?by that name`,
		`(does not|doesn't|doesn.t|do not|did not|not) (exist|have an? \S+ account)|(does not|doesn't) have an? .{0,30}account|not a (known|valid) (user|mailbox|recipient)|no (longer|account|mailbox) .{0,20}(here|exist|available|employed|valid|work)|not listed in`,
		`isn't a valid|recipient not found|no valid recipient|address (rejected|not present)|couldn't be found|could not be found|cannot find|wasn't found|unrouteable address`,
		`unbekannt|nicht bekannt|existiert nicht|nicht gefunden|inconnu|n'existe pas|introuvable|no existe|desconocid|inesistente|sconosciut|non esiste|não existe|inexistente|bestaat niet|onbekend`,
		`nie istnieje|nieznany|не существует|не найден|неизвест|нет такого|не съществува|не е намерен|няма такъв|存在しません|見つかりません|不存在|用户不存在|無此`),
}

// most is how much of a server's words is read.
const most = 4096

// inText reads the detail of a status from words without a code; empty when they say nothing.
func inText(words string) string {
	if len(words) > most {
		words = words[:most]
	}
	for _, s := range sayings {
		if s.words.MatchString(words) {
			return s.detail
		}
	}
	return ""
}
