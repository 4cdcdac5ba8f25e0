package audience

import (
	"strings"

	"keepsake/campaigns/fault"
)

// currencies are those of ISO 4217, list one, that goods are sold in, and those of list three that orders of this century
// may be in.
const currencies = ` AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC
 CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
 KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
 PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS
 VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
 AZM BYB BYR CYP EEK GHC GWP HRK LTL LVL MGF MRO MTL MZM ROL SDD SIT SKK SLL SRG STD TMM TRL VEB VEF YUM ZMK ZWD ZWL
 ATS BEF DEM ESP FIM FRF GRD IEP ITL LUF NLG PTE `

// ValidCurrency refuses what is no currency's code of ISO 4217, in capital letters.
func ValidCurrency(code string) error {
	if len(code) != 3 || !letters(code) {
		return fault.Field("currency", "Name the currency by its three letters, like EUR.")
	}
	if !strings.Contains(strings.ReplaceAll(currencies, "\n", " "), " "+code+" ") {
		return fault.Field("currency", "There is no currency “%s”. Name it by its three letters, like EUR.", code)
	}
	return nil
}
