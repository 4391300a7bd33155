/** A face that agents may wear. Its voice is spoken by every agent that wears it and has no voice of its own. */
export interface Avatar {
  workspaceId: string;
  id: string;
  number: number;
  name: string;
  url: string;
  voiceId: string | null;
  favorite: boolean;
  public: boolean;
  createdAt: string;
  updatedAt: string;
}
