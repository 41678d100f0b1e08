/**
 * Where everybody can have an address: who shares one of these domains has nothing else in common. The large ones by name;
 * another provider counts as a domain, and whoever reads the report sees that.
 */

const NAMES = [
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'icloud.com', 'me.com'],
  ...['mac.com', 'aol.com', 'proton.me', 'protonmail.com', 'pm.me', 'tutanota.com', 'tuta.io', 'fastmail.com'],
  ...['zoho.com', 'mail.com', 'email.com', 'hey.com', 'gmx.com', 'gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'web.de'],
  ...['t-online.de', 'freenet.de', 'mailbox.org', 'posteo.de', 'orange.fr', 'free.fr', 'laposte.net', 'sfr.fr'],
  ...['libero.it', 'virgilio.it', 'tiscali.it', 'wp.pl', 'o2.pl', 'onet.pl', 'interia.pl', 'seznam.cz', 'ziggo.nl'],
  ...['btinternet.com', 'sky.com', 'virginmedia.com', 'comcast.net', 'verizon.net', 'att.net', 'bellsouth.net'],
  ...['mail.ru', 'bk.ru', 'list.ru', 'inbox.ru', 'yandex.ru', 'yandex.com', 'ya.ru', 'rambler.ru', 'ukr.net'],
  ...[
    'qq.com',
    '163.com',
    '126.com',
    'sina.com',
    'foxmail.com',
    'naver.com',
    'daum.net',
    'hanmail.net',
    'rediffmail.com',
  ],
  ...['bol.com.br', 'uol.com.br', 'terra.com.br', 'bigpond.com'],
] as const
/** With an ending for each country. */
const COUNTRIES = /^(yahoo|ymail|rocketmail|hotmail|outlook|live|aol)\.[a-z.]{2,6}$/

const PROVIDERS: ReadonlySet<string> = new Set(NAMES)

/** @param domain in lower case */
export const isMailProvider = (domain: string): boolean => PROVIDERS.has(domain) || COUNTRIES.test(domain)
