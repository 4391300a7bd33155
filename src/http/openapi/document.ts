/** The parts of an OpenAPI 3.1 document that this server writes. */
import type { Schema } from '../../lib/schema.ts';
import type { SecurityScheme } from './security-schemes.ts';
import type { Reference } from './shapes.ts';

interface Media {
  schema: Schema | Reference;
  example?: unknown;
  examples?: Record<string, Reference>;
}
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: Schema;
}
export interface Answer {
  description: string;
  headers?: Record<string, Reference>;
  content?: Record<string, Media>;
}
export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Answer | Reference>;
}
export interface OpenApi {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  tags: { name: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Answer>;
    headers: Record<string, { description: string; schema: Schema }>;
    examples: Record<string, { summary: string; value: unknown }>;
    securitySchemes: Record<string, SecurityScheme['scheme']>;
  };
}

/** A route as Fastify has registered it: what its operation is described from. */
export interface RouteRecord {
  method: string | string[];
  url: string;
  schema?: RouteSchema;
  config?: { public?: boolean; scope?: string };
}
export interface RouteSchema {
  summary?: string;
  description?: string;
  tags?: string[];
  querystring?: Schema;
  body?: Schema;
  response?: Record<string, Schema>;
}
