package store

// fixtureWords are what invented people are called and buy: common names, so that nobody is meant. Each is value|Latin|category|cents;
// even first names are women's.
var fixtureWords = map[string][]string{
	"en.first": {"Emma", "Oliver", "Amelia", "George", "Isla", "Harry", "Ava", "Jack", "Mia", "Noah", "Grace", "Leo"},
	"en.last":  {"Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Green", "O'Hara|ohara"},
	"en.city":  {"London", "Leeds", "Bristol", "York", "Bath", "Boston", "Austin", "Denver", "Portland", "Salem"},
	"bg.first": {"Мария", "Георги", "Елена", "Иван", "Десислава", "Димитър", "Радост", "Николай", "Йоана", "Петър", "Виктория", "Стефан"},
	"bg.last":  {"Иванов", "Петров", "Георгиев", "Димитров", "Николов", "Стоянов", "Тодоров", "Илиев", "Василев", "Колев"},
	"bg.city":  {"София", "Пловдив", "Варна", "Бургас", "Русе", "Плевен", "Сливен", "Добрич", "Шумен", "Перник"},
	"ru.first": {"Анна", "Дмитрий", "Ольга", "Сергей", "Наталья", "Алексей", "Светлана", "Михаил", "Ирина", "Павел", "Татьяна", "Андрей"},
	"ru.last":  {"Смирнов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов", "Волков", "Зайцев"},
	"ru.city":  {"Таллинн", "Нарва", "Тарту", "Рига", "Даугавпилс", "Вильнюс", "Каунас", "Пярну", "Лиепая", "Юрмала"},
	"product": {"Sencha, 100 g|tea-sencha|tea|1290", "Assam, 100 g|tea-assam|tea|890", "Oolong, 50 g|tea-oolong|tea|1650", "Linden blossom, 60 g|tea-linden|herbs|550",
		"Mursal tea, 40 g|tea-mursal|herbs|690", "Mint, 50 g|tea-mint|herbs|450", "Cast-iron teapot|pot-iron|pots|4900", "Glass teapot|pot-glass|pots|3200",
		"Two stoneware cups|cup-pair|cups|2400", "Travel cup|cup-travel|cups|1900", "Gooseneck kettle|kettle|kettles|6900", "Electric kettle|kettle-e|kettles|5900",
		"Acacia honey, 250 g|honey-acacia|sweets|780", "Linden honey, 250 g|honey-linden|sweets|720", "Ginger biscuits|biscuits|sweets|490", "Tasting box, eight teas|box-8|gifts|3200",
		"Gift wrapping|wrapping|gifts|350", "Gift card|card|gifts|2500", "Tea strainer|strainer|tools|990", "Bamboo whisk|whisk|tools|1450"},
}
