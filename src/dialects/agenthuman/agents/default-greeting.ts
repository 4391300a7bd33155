/** The first message of a session whose agent has no `custom_greeting`, in the agent's language. */

const ENGLISH = 'Hello! How can I help you today?';
const GREETINGS: Record<string, string> = {
  ar: 'مرحبًا! كيف يمكنني مساعدتك اليوم؟',
  cs: 'Dobrý den! Jak vám dnes mohu pomoci?',
  da: 'Hej! Hvordan kan jeg hjælpe dig i dag?',
  de: 'Hallo! Wie kann ich Ihnen heute helfen?',
  el: 'Γεια σας! Πώς μπορώ να σας βοηθήσω σήμερα;',
  es: '¡Hola! ¿En qué puedo ayudarle hoy?',
  fi: 'Hei! Miten voin auttaa sinua tänään?',
  fr: "Bonjour ! Comment puis-je vous aider aujourd'hui ?",
  he: 'שלום! איך אפשר לעזור היום?',
  hi: 'नमस्ते! आज मैं आपकी क्या सहायता कर सकता हूँ?',
  id: 'Halo! Ada yang bisa saya bantu hari ini?',
  it: 'Ciao! Come posso aiutarla oggi?',
  ja: 'こんにちは。今日はどのようなご用件でしょうか。',
  ko: '안녕하세요! 오늘 무엇을 도와드릴까요?',
  nb: 'Hei! Hva kan jeg hjelpe deg med i dag?',
  nl: 'Hallo! Waarmee kan ik u vandaag helpen?',
  no: 'Hei! Hva kan jeg hjelpe deg med i dag?',
  pl: 'Dzień dobry! W czym mogę dziś pomóc?',
  pt: 'Olá! Como posso ajudar hoje?',
  ro: 'Bună ziua! Cu ce vă pot ajuta astăzi?',
  ru: 'Здравствуйте! Чем я могу вам помочь сегодня?',
  sk: 'Dobrý deň! Ako vám dnes môžem pomôcť?',
  sv: 'Hej! Hur kan jag hjälpa dig i dag?',
  tr: 'Merhaba! Bugün size nasıl yardımcı olabilirim?',
  uk: 'Вітаю! Чим я можу вам допомогти сьогодні?',
  vi: 'Xin chào! Hôm nay tôi có thể giúp gì cho bạn?',
  zh: '您好!今天有什么可以帮您?',
};

/** The greeting falls back to English; the conversation goes on in the agent's language. */
export const defaultGreeting = (locale: string): string => GREETINGS[locale.toLowerCase().split('-')[0]!] ?? ENGLISH;
