// The first words of new blocks. They belong to the letter, so they follow its language, not the page's.
import { props } from "./props";

const words: Record<string, Record<string, string>> = {
  en: { heading: "Heading", text: "Write here.", button: "Read more", title: "Title", question: "How was it?", low: "Poor", high: "Excellent",
    coupon: "A gift for you", redeem: "Use it now", contest: "Win with us", enter: "Enter", rules: "Rules",
    why: "You receive this letter because you asked for it.", unsubscribe: "Unsubscribe", preferences: "Preferences", view: "View in browser",
    event: "Come and meet us", sign: "Save a place", quote: "What a customer said about us.", author: "Name", role: "Where they are from",
    ask: "A question that customers ask", answer: "The answer, in two or three sentences.", expert: "Name of the expert", work: "Our adviser",
    poll: "Which would you choose?", first: "The first", second: "The second", third: "The third",
    share: "Share us with a friend", reward: "Each of you gets a gift.", invite: "Invite a friend",
    points: "Your points", spend: "See the rewards", product: "A product", season: "The season's best", kicker: "Only this month", look: "Have a look",
    shop: "Shop", news: "News", contact: "Contact" },
  bg: { heading: "Заглавие", text: "Пишете тук.", button: "Прочетете повече", title: "Заглавие", question: "Как беше?", low: "Лошо", high: "Отлично",
    coupon: "Подарък за вас", redeem: "Използвайте го", contest: "Спечелете с нас", enter: "Участвам", rules: "Правила",
    why: "Получавате това писмо, защото сте го пожелали.", unsubscribe: "Отписване", preferences: "Предпочитания", view: "Преглед в браузъра",
    event: "Елате да се видим", sign: "Запазете място", quote: "Какво каза за нас един клиент.", author: "Име", role: "Откъде е",
    ask: "Въпрос, който клиентите задават", answer: "Отговорът, в две-три изречения.", expert: "Име на специалиста", work: "Наш консултант",
    poll: "Кое бихте избрали?", first: "Първото", second: "Второто", third: "Третото",
    share: "Разкажете за нас на приятел", reward: "Подарък и за двама ви.", invite: "Поканете приятел",
    points: "Вашите точки", spend: "Вижте наградите", product: "Продукт", season: "Най-доброто за сезона", kicker: "Само този месец", look: "Разгледайте",
    shop: "Магазин", news: "Новини", contact: "Контакти" },
  ru: { heading: "Заголовок", text: "Пишите здесь.", button: "Читать дальше", title: "Заголовок", question: "Как всё прошло?", low: "Плохо", high: "Отлично",
    coupon: "Подарок для вас", redeem: "Использовать", contest: "Выиграйте с нами", enter: "Участвовать", rules: "Правила",
    why: "Вы получаете это письмо, потому что подписались.", unsubscribe: "Отписаться", preferences: "Настройки", view: "Открыть в браузере",
    event: "Приходите к нам", sign: "Занять место", quote: "Что сказал о нас покупатель.", author: "Имя", role: "Откуда",
    ask: "Вопрос, который задают покупатели", answer: "Ответ в двух-трёх предложениях.", expert: "Имя специалиста", work: "Наш консультант",
    poll: "Что бы вы выбрали?", first: "Первое", second: "Второе", third: "Третье",
    share: "Расскажите о нас друзьям", reward: "Подарок каждому из вас.", invite: "Пригласить друга",
    points: "Ваши баллы", spend: "Посмотреть награды", product: "Товар", season: "Лучшее этого сезона", kicker: "Только в этом месяце", look: "Посмотреть",
    shop: "Магазин", news: "Новости", contact: "Контакты" },
};

// said is a first word in the letter's language.
export function said(key: string): string {
  return (words[props.lang] ?? words.en!)[key]!;
}
