import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class WithJava {
  public static void main(String[] arguments) throws Exception {
    byte[] body = new byte[Integer.parseInt(arguments[1])];
    Arrays.fill(body, (byte) '[');
    HttpRequest.BodyPublisher publisher = arguments[2].equals("chunked")
        ? HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
        : HttpRequest.BodyPublishers.ofByteArray(body);
    HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
        .version(HttpClient.Version.HTTP_1_1)
        .header("Content-Type", "application/json")
        .POST(publisher)
        .build();
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    Matcher type = Pattern.compile("\"type\":\"(\\w+)\"").matcher(answer.body());
    type.find();
    System.out.println(answer.statusCode() + " " + type.group(1));
  }
}
