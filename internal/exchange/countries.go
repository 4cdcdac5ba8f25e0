package exchange

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// spoken are the languages in which files name countries. Where two call different ones the same, the first counts.
var spoken = []language.Tag{language.English, language.Bulgarian, language.Russian, language.German, language.French, language.Spanish, language.Italian, language.Polish,
	language.Romanian, language.Greek, language.Turkish, language.Ukrainian}

// called are other names that are in use, in plain words.
var called = map[string]string{"uk": "GB", "u k": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "англия": "GB",
	"us": "US", "u s": "US", "u s a": "US", "united states of america": "US", "america": "US", "сащ": "US", "сша": "US", "америка": "US",
	"czech republic": "CZ", "чешка република": "CZ", "чешская республика": "CZ", "macedonia": "MK", "north macedonia": "MK", "северна македония": "MK", "северная македония": "MK", "македония": "MK", "republic of macedonia": "MK",
	"russian federation": "RU", "руска федерация": "RU", "российская федерация": "RU", "holland": "NL", "холандия": "NL", "голландия": "NL", "republic of bulgaria": "BG", "република българия": "BG",
	"korea": "KR", "republic of korea": "KR", "vietnam": "VN", "viet nam": "VN", "republic of moldova": "MD", "молдавия": "MD", "belorussia": "BY", "белоруссия": "BY", "беларусь": "BY",
	"turkiye": "TR", "türkiye": "TR", "ivory coast": "CI", "burma": "MM", "swaziland": "SZ", "hong kong": "HK", "macau": "MO", "оае": "AE", "оаэ": "AE", "uae": "AE"}

// countries are the codes of ISO 3166-1 by names in plain words.
var countries = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for name, code := range called {
		all[name] = code
	}
	for _, tag := range spoken {
		names := display.Regions(tag)
		for a := 'A'; a <= 'Z'; a++ {
			for b := 'A'; b <= 'Z'; b++ {
				code := string(a) + string(b)
				region, err := language.ParseRegion(code)
				if err != nil || !region.IsCountry() || region.Canonicalize().String() != code { // there are codes of countries that are gone
					continue
				}
				if name := plain(names.Name(region)); name != "" && all[name] == "" {
					all[name] = code
				}
			}
		}
	}
	return all
})

// countryOf is the ISO 3166-1 code of a country that a cell names: by its two or three letters, or by its name.
func countryOf(cell string) (string, error) {
	upper := strings.ToUpper(strings.TrimSpace(cell))
	code := countries()[plain(cell)]
	switch letters := strings.Trim(upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""; {
	case upper == "" || code != "":
		return code, nil
	case letters && len(upper) == 2:
		return upper, nil
	case letters && len(upper) == 3:
		if region, err := language.ParseRegion(upper); err == nil && region.IsCountry() {
			return region.String(), nil
		}
	}
	return "", fault.Field("country", "“%s” is no country we know: write its two letters, like BG.", audience.CleanName(cell))
}
