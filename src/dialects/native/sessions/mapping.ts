/** The cookie of a session, for browsers. */
import { credentials } from '../../../http/dialect.ts';

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax';

/** The `Set-Cookie` header of a new session. Over HTTPS the browser sends the cookie only to HTTPS. */
export function sessionCookie(token: string, expiresAt: string, protocol: string): string {
  const expires = new Date(expiresAt).toUTCString();
  const secure = protocol === 'https' ? '; Secure' : '';
  return `${credentials.SESSION_COOKIE}=${token}; ${ATTRIBUTES}; Expires=${expires}${secure}`;
}

/** The `Set-Cookie` header that removes the cookie. */
export const expiredCookie = `${credentials.SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;
