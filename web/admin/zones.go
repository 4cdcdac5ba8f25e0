package admin

// zones are the time zones offered: one for each usual offset and our languages' places. Any
// other IANA name may be typed.
var zones = []string{"UTC", "Europe/Sofia", "Europe/London", "Europe/Lisbon", "Europe/Berlin", "Europe/Paris", "Europe/Madrid",
	"Europe/Rome", "Europe/Vienna", "Europe/Prague", "Europe/Warsaw", "Europe/Athens", "Europe/Bucharest", "Europe/Belgrade",
	"Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul", "Europe/Minsk", "Europe/Moscow", "Europe/Kaliningrad", "Europe/Samara",
	"Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok",
	"Asia/Kamchatka", "Asia/Almaty", "Asia/Tbilisi", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo",
	"Australia/Sydney", "Pacific/Auckland", "Africa/Cairo", "Africa/Johannesburg", "Atlantic/Azores", "America/Sao_Paulo",
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu"}
