package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import org.apache.bookkeeper.auth.AuthCallbacks.GenericCallback;
import org.apache.bookkeeper.auth.AuthToken;
import org.apache.bookkeeper.auth.ClientAuthProvider;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.proto.ClientConnectionPeer;

/**
 * A client's side of {@link SecretProof}: talks to bookies that know the cluster's secret, and to
 * no others. BookKeeper makes one of it, by name.
 */
public final class BookKeeperClientAuth implements ClientAuthProvider.Factory {
  private byte[] key;

  @Override
  public String getPluginName() {
    return SecretProof.NAME;
  }

  @Override
  public void init(ClientConfiguration configuration) throws IOException {
    key = ClusterSecret.key(configuration.getString(SecretProof.SECRET, ""));
    if (key == null) {
      throw new IOException("BookKeeper's client was not told which secret is its cluster's");
    }
  }

  @Override
  public ClientAuthProvider newProvider(
      ClientConnectionPeer peer, GenericCallback<Void> completed) {
    return new Connection(completed);
  }

  private final class Connection implements ClientAuthProvider {
    private final GenericCallback<Void> completed;
    private final byte[] nonce = SecretProof.nonce();
    private boolean proved;

    Connection(GenericCallback<Void> completed) {
      this.completed = completed;
    }

    @Override
    public void init(GenericCallback<AuthToken> request) {
      request.operationComplete(BKException.Code.OK, AuthToken.wrap(nonce));
    }

    @Override
    public void process(AuthToken token, GenericCallback<AuthToken> request) {
      byte[] said = token.getData();
      if (proved && said.length == 0) {
        completed.operationComplete(BKException.Code.OK, null);
        return;
      }
      byte[] proof = proved ? null : SecretProof.answer(key, nonce, said);
      if (proof == null) {
        completed.operationComplete(BKException.Code.UnauthorizedAccessException, null);
      } else {
        proved = true;
        request.operationComplete(BKException.Code.OK, AuthToken.wrap(proof));
      }
    }
  }
}
