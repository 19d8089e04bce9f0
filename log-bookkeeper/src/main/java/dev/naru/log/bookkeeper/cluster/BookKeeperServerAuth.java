package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.security.MessageDigest;
import org.apache.bookkeeper.auth.AuthCallbacks.GenericCallback;
import org.apache.bookkeeper.auth.AuthToken;
import org.apache.bookkeeper.auth.BookieAuthProvider;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.proto.BookieConnectionPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bookie's side of {@link SecretProof}: lets in who knows the cluster's secret. BookKeeper makes
 * one of it, by name. (BookKeeper's own SASL asks the DNS for the name of each peer, on a thread
 * that all connections share, and leaves a connection open that was refused.)
 */
public final class BookKeeperServerAuth implements BookieAuthProvider.Factory {
  private static final Logger LOG = LoggerFactory.getLogger(BookKeeperServerAuth.class);

  private byte[] key;

  @Override
  public String getPluginName() {
    return SecretProof.NAME;
  }

  @Override
  public void init(ServerConfiguration configuration) throws IOException {
    key = ClusterSecret.key(configuration.getString(SecretProof.SECRET, ""));
    if (key == null) {
      throw new IOException("The bookie was not told which secret is its cluster's");
    }
  }

  @Override
  public BookieAuthProvider newProvider(
      BookieConnectionPeer peer, GenericCallback<Void> completed) {
    return new Connection(peer, completed);
  }

  private final class Connection implements BookieAuthProvider {
    private final BookieConnectionPeer peer;
    private final GenericCallback<Void> completed;
    private byte[] expected;

    Connection(BookieConnectionPeer peer, GenericCallback<Void> completed) {
      this.peer = peer;
      this.completed = completed;
    }

    @Override
    public void process(AuthToken token, GenericCallback<AuthToken> answer) {
      byte[] said = token.getData();
      if (expected == null && said.length == SecretProof.NONCE_BYTES) {
        byte[] nonce = SecretProof.nonce();
        expected = SecretProof.ofClient(key, said, nonce);
        answer.operationComplete(
            BKException.Code.OK, AuthToken.wrap(SecretProof.ofBookie(key, said, nonce)));
      } else if (expected != null && MessageDigest.isEqual(expected, said)) {
        answer.operationComplete(BKException.Code.OK, AuthToken.wrap(new byte[0]));
        completed.operationComplete(BKException.Code.OK, null);
      } else {
        LOG.warn("{} does not know the cluster's secret", peer.getRemoteAddr());
        int refused = BKException.Code.UnauthorizedAccessException;
        answer.operationComplete(refused, null);
        completed.operationComplete(refused, null);
      }
    }
  }
}
